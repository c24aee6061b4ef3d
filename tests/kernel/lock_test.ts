import { assertEquals } from "@std/assert";
import { escapes, PREFIXES } from "../sockets/escape.ts";
import {
  denovrf,
  denovrfCommand,
  makeNetdev,
  makeWays,
  pins,
} from "./fixture.ts";

/** What these programs cannot stop; see README.md. */
const NOT_STOPPED = [
  ...["af_packet", "dissolved_ping", "dissolved_raw", "ip_pktinfo"],
  "sock_packet",
];

/** Stopped in the plain mode only. */
const LINK_LOCAL = ["link_local_bind", "link_local_scope", "multicast_scope"];

Deno.test("--lock stops every way out of a VRF that a program can stop", async () => {
  await using _ways = await makeWays(PREFIXES.slice(0, 3));
  const command = await denovrfCommand();
  const plain = await escapes("def", [...command, "exec", "vt0"]);
  assertEquals(plain, [
    ...["af_packet", "dissolved_association", "dissolved_association_v6"],
    ...["dissolved_ping", "dissolved_raw", "ip_multicast_if", "ip_options"],
    ...["ip_pktinfo", "ip_unicast_if", "ipv6_multicast_if"],
    ...["ipv6_pktinfo", "ipv6_unicast_if", ...LINK_LOCAL],
    ...["so_bindtodevice", "so_bindtodevice_of_none", "so_bindtoifindex"],
    "sock_packet",
  ]);
  assertEquals(
    await escapes("def", [...command, "exec", "--lock", "vt0"]),
    NOT_STOPPED,
  );
  assertEquals(
    await escapes("def", [...command, "exec", "--lock", "--loopback", "vt0"]),
    [...NOT_STOPPED, ...LINK_LOCAL].sort(),
  );
});

Deno.test("start --lock pins its programs, and stop takes them away", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { stdout } = await denovrf(["start", "--lock", "vt0"]);
  const folder = "/sys/fs/bpf/denovrf/vt0";
  const hooks = [
    ...["bind4", "bind6", "connect4", "connect6", "sendmsg4", "sendmsg6"],
    "setsockopt",
  ];
  assertEquals(stdout.split("\n").sort(), [
    ...hooks.map((hook) => `BPFProgram=${hook}:${folder}/lock/${hook}`),
    `BPFProgram=sock_create:${folder}/sock_create`,
  ]);
  assertEquals(
    (await pins()).filter((pin) => pin.startsWith(`${folder}/lock/`)),
    hooks.map((hook) => `${folder}/lock/${hook}`),
  );
  await denovrf(["stop", "--purge", "vt0"]);
  assertEquals(await pins(), []);
});
