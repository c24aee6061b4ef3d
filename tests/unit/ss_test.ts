import { assertEquals } from "@std/assert";
import {
  parseKernelSockets,
  parseSocketCgroups,
} from "../../src/iproute2/ss.ts";

Deno.test("parseSocketCgroups() reads what ss says of sockets' cgroups as far as it says it", () => {
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

Deno.test("parseKernelSockets() reads the sockets that no process has open", () => {
  const text = `
udp   UNCONN 0      0               0.0.0.0:51820      0.0.0.0:*
udp   UNCONN 0      0        127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=1,fd=3))
udp   UNCONN 0      0          *%vrfred:4789             *:*
tcp   LISTEN 0      64             [::]:2049          [::]:*
`;
  assertEquals(parseKernelSockets(text), [
    { protocol: "udp", local: "0.0.0.0:51820" },
    { protocol: "udp", local: "*%vrfred:4789" },
    { protocol: "tcp", local: "[::]:2049" },
  ]);
});
