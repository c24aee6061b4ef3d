import { assertEquals } from "@std/assert";
import { formatSockaddr, isLoopback } from "../../src/os/ip_sockets.ts";

Deno.test("isLoopback() tells addresses of the loopback interface from others", () => {
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
