import { assertEquals } from "@std/assert";
import { mustSh } from "../shell.ts";
import { escapes, PREFIXES } from "../sockets/escape.ts";
import { denovrf, denovrfCommand, makeNetdev, pins } from "./fixture.ts";

/** What these programs cannot stop; see README.md. */
const NOT_STOPPED = [
  ...["af_packet", "dissolved_ping", "dissolved_raw", "ip_pktinfo"],
  "sock_packet",
];

/** Stopped in the plain mode only. */
const LINK_LOCAL = ["link_local_bind", "link_local_scope", "multicast_scope"];

Deno.test("--lock stops every way out of a VRF that a program can stop", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _def = await makeNetdev("def");
  for (const [device, at] of [["def", 1], ["vt0", 2]]) {
    await mustSh(`
ip link set ${device} arp off up
ip -o link show ${device} | sed 's/.*@\\([^:]*\\):.*/\\1/' | xargs -I{} ip link set {} up
ip address add 192.0.2.${at}/32 dev ${device}
ip address add 2001:db8::${at}/128 dev ${device} nodad
for prefix in ${PREFIXES.slice(0, 3).join(" ")}; do
  ip route add $prefix dev ${device} metric 100${at}
done`);
  }
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
