import { assertEquals } from "@std/assert";
import { denovrf, denovrfCommand, makeNetdev, makeWays } from "./fixture.ts";
import { must, mustSh } from "../shell.ts";
import { escapes, PREFIXES } from "../sockets/escape.ts";

/** What no program sees; in a unit, systemd stops the first. */
const NOT_STOPPED = [
  ...["af_packet", "af_packet_by_io_uring", "bpf_detach", "sock_packet", "tun"],
];

/** What the plain mode stops where the kernel's BPF security module runs. */
const BY_SECURITY_MODULE = [
  ...["dissolved_ping", "dissolved_raw", "dissolved_udplite"],
];

Deno.test("--lock stops every way out of a VRF that a program can stop", async () => {
  await using _ways = await makeWays(PREFIXES.slice(0, 3));
  const command = await denovrfCommand();
  const plain = (await escapes("def", [...command, "exec", "vt0"]))
    .filter((name) => !BY_SECURITY_MODULE.includes(name));
  assertEquals(plain, [
    ...["af_packet", "af_packet_by_io_uring", "bpf_detach", "ip_pktinfo"],
    ...["raw_link_local_bind", "raw_scope", "so_bindtodevice"],
    ...["so_bindtoifindex", "sock_packet", "tun"],
  ]);
  for (const mode of [["--lock"], ["--lock", "--loopback"]]) {
    assertEquals(
      await escapes("def", [...command, "exec", ...mode, "vt0"]),
      NOT_STOPPED,
    );
  }
});

/** Sends a datagram by a device that it names, and says how that ended. */
const SEND_BY = `
import errno, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
info = struct.pack("=i4s4s", socket.if_nametoindex(sys.argv[1]), bytes(4), bytes(4))
try: print(s.sendmsg([b"x"], [(0, 8, info)], 0, ("198.51.100.1", 9)))
except OSError as error: print(errno.errorcode[error.errno])`;

Deno.test("--lock lets pass what leaves by a device that is enslaved to the bound one", async () => {
  await using _ways = await makeWays(["198.51.100.0/24"]);
  await mustSh("ip link add master0 type bridge; ip link set vt0 nomaster");
  try {
    const command = [...await denovrfCommand(), "exec", "--lock", "master0"];
    const sendBy = (device: string) =>
      must([...command, "/usr/bin/python3", "-c", SEND_BY, device]);
    assertEquals(await sendBy("vt0"), "EPERM");
    await mustSh("ip link set vt0 master master0");
    assertEquals(await sendBy("vt0"), "1");
    assertEquals(await sendBy("def"), "EPERM");
    await mustSh("ip link set vt0 nomaster");
    assertEquals(await sendBy("vt0"), "EPERM");
  } finally {
    await denovrf(["stop", "--purge", "master0"]);
    await mustSh("ip link delete master0");
  }
});

Deno.test("--lock lets a process send what it likes in another network namespace", async () => {
  await using _netdev = await makeNetdev("vt0");
  const command = [...await denovrfCommand(), "exec", "--lock", "vt0"];
  const reach = ["python3", "tests/sockets/reach.py", "127.0.0.1"];
  await mustSh("ip link set lo up");
  assertEquals(
    await must([
      ...[...command, "unshare", "--net", "sh", "-ec"],
      'ip link set lo up; exec "$@"',
      ...["sh", ...reach],
    ]),
    "127.0.0.1 here",
  );
});

Deno.test("--lock has no socket hear what does not come by the VRF", async () => {
  await using _ways = await makeWays(["198.51.100.0/24"]);
  await must([
    "ip",
    "-6",
    "address",
    "add",
    "fe80::5/64",
    "dev",
    "def",
    "nodad",
  ]);
  const hear = async (...mode: string[]) =>
    (await must([
      ...[...await denovrfCommand(), "exec", ...mode, "vt0"],
      ...["/usr/bin/python3", "tests/sockets/hear.py", "def", "vt0"],
    ])).split("\n").sort();
  const plain = await hear();
  assertEquals(plain.slice(-2), ["link_local_raw heard", "own_device heard"]);
  for (const mode of [["--lock"], ["--lock", "--loopback"]]) {
    assertEquals(await hear(...mode), [
      ...["dissolved_raw deaf", "dissolved_udp deaf", "link_local_raw deaf"],
      "own_device refused",
    ]);
  }
});
