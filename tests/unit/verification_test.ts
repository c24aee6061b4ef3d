import { assertEquals } from "@std/assert";
import { standingOf } from "../../src/inspect/verification.ts";
import { parseSocketCgroups } from "../../src/iproute2/ss.ts";
import { formatSockaddr, isLoopback } from "../../src/os/ip_sockets.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";

const NETDEVS = [
  { ifname: "lo", ifindex: 1, kind: "", altnames: [] },
  { ifname: "vrfred", ifindex: 4, kind: "vrf", altnames: [], table: 10 },
  { ifname: "eth1", ifindex: 5, kind: "", altnames: [], master: "vrfred" },
  { ifname: "eth0", ifindex: 6, kind: "", altnames: [] },
];

const LOOPBACK = { loopback: true, lock: false };

/** Protocol, local and remote address, ifindex, and what that is in each mode. */
const SOCKETS: [
  socket: [protocol: string, local: string, remote: string, ifindex: number],
  plain: string,
  loopback: string,
][] = [
  [["tcp", "*", "*", 4], "inside", "inside"],
  [["tcp", "192.0.2.1:80", "*", 5], "inside", "inside"],
  [["tcp", "192.0.2.1:80", "*", 6], "outside", "outside"],
  [["udp", "127.0.0.1:80", "*", 6], "outside", "outside"],
  // On a device that is gone.
  [["tcp", "0.0.0.0:80", "*", 99], "inside", "inside"],
  [["tcp", "0.0.0.0:*", "*", 0], "outside", "unused"],
  [["udp", "[::]:*", "*", 0], "outside", "unused"],
  [["tcp", "127.0.0.1:80", "*", 0], "outside", "inside"],
  [["udp", "127.0.0.1:40000", "127.0.0.53:53", 0], "outside", "inside"],
  [["tcp", "192.0.2.1:40000", "192.0.2.2:80", 0], "outside", "outside"],
];

Deno.test("a socket stands to its VRF as its device and its addresses say", () => {
  for (const [[protocol, local, remote, ifindex], plain, loopback] of SOCKETS) {
    const isLoopback = `${local} ${remote}`.includes("127.");
    const socket = { protocol, local, remote, ifindex, isLoopback };
    const [inPlain, inLoopback] = [PLAIN_MODE, LOOPBACK].map((mode) =>
      standingOf(socket, { ifname: "vrfred", mode }, NETDEVS, () => false)
    );
    assertEquals([local, remote, inPlain, inLoopback], [
      ...[local, remote],
      ...[plain, loopback],
    ]);
  }
});

Deno.test("an unconnected socket with a port is inside only if it was made there", () => {
  const socket = {
    ...{ protocol: "udp", local: "0.0.0.0:5353", remote: "*" },
    ...{ ifindex: 0, isLoopback: false },
  };
  for (const made of [false, true]) {
    assertEquals(
      standingOf(
        socket,
        { ifname: "vrfred", mode: LOOPBACK },
        NETDEVS,
        () => made,
      ),
      made ? "inside" : "outside",
    );
  }
});

Deno.test("addresses of the loopback interface are told from others", () => {
  const cases: [family: number, address: string, text: string, is: boolean][] =
    [
      [2, "7f000001", "127.0.0.1:53", true],
      [2, "7fffffff", "127.255.255.255:53", true],
      [2, "80000001", "128.0.0.1:53", false],
      [2, "00000000", "0.0.0.0:53", false],
      [10, "0".repeat(31) + "1", "[::1]:53", true],
      [10, "0".repeat(32), "[::]:53", false],
      [10, "0".repeat(20) + "ffff7f000035", "[::ffff:7f00:35]:53", true],
      [10, "0".repeat(20) + "ffffc0000201", "[::ffff:c000:201]:53", false],
      [10, "0".repeat(24) + "7f000001", "[::7f00:1]:53", false],
      [10, "20010db8" + "0".repeat(23) + "1", "[2001:db8::1]:53", false],
    ];
  for (const [family, address, text, is] of cases) {
    const view = new DataView(new ArrayBuffer(28));
    view.setUint16(0, family, true);
    view.setUint16(2, 53);
    new Uint8Array(view.buffer).set(
      Uint8Array.fromHex(address),
      family === 2 ? 4 : 8,
    );
    assertEquals([formatSockaddr(view), isLoopback(view)], [text, is]);
  }
});

Deno.test("what ss says of sockets' cgroups is read as far as it says it", () => {
  const text = `
UNCONN 0      0      0.0.0.0:37111 0.0.0.0:* ino:813223 sk:1007 cgroup:/system.slice/a.service <-> cgroup:/
UNCONN 0      0      127.0.0.53%lo:53 0.0.0.0:* uid:101 ino:7 sk:2 cgroup:/system.slice/b\\x2dc.service <->
UNCONN 0      0      0.0.0.0:68 0.0.0.0:* ino:8 sk:3 cgroup:unreachable:1 <->
UNCONN 0      0      0.0.0.0:69 0.0.0.0:* ino:9 sk:4 <->
`;
  assertEquals(
    parseSocketCgroups(text),
    new Map([
      ["813223", "/system.slice/a.service"],
      ["7", "/system.slice/b\\x2dc.service"],
    ]),
  );
});
