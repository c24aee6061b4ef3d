import { assertEquals } from "@std/assert";
import { socketState } from "../../src/inspect/verification.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";

const NETDEVS = [
  { ifname: "lo", ifindex: 1, kind: "", altnames: [] },
  { ifname: "vrfred", ifindex: 4, kind: "vrf", altnames: [], table: 10 },
  { ifname: "eth1", ifindex: 5, kind: "", altnames: [], master: "vrfred" },
  { ifname: "eth0", ifindex: 6, kind: "", altnames: [] },
];

const LOOPBACK = { open: false, loopback: true, lock: false };

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

Deno.test("socketState() goes by a socket's device and its addresses", () => {
  for (const [[protocol, local, remote, ifindex], plain, loopback] of SOCKETS) {
    const isLoopback = `${local} ${remote}`.includes("127.");
    const socket = { protocol, local, remote, ifindex, isLoopback };
    const [inPlain, inLoopback] = [PLAIN_MODE, LOOPBACK].map((mode) =>
      socketState(socket, { ifname: "vrfred", mode }, NETDEVS, () => false)
    );
    assertEquals([local, remote, inPlain, inLoopback], [
      ...[local, remote],
      ...[plain, loopback],
    ]);
  }
});

Deno.test("socketState() has an unconnected socket with a port inside only if it was made there", () => {
  const socket = {
    ...{ protocol: "udp", local: "0.0.0.0:5353", remote: "*" },
    ...{ ifindex: 0, isLoopback: false },
  };
  for (const made of [false, true]) {
    assertEquals(
      socketState(
        socket,
        { ifname: "vrfred", mode: LOOPBACK },
        NETDEVS,
        () => made,
      ),
      made ? "inside" : "outside",
    );
  }
});
