/** One way into a VRF inside of another; the manual has the same table. */

import { assertEquals } from "@std/assert";
import { must, run } from "../shell.ts";
import { makeBareVrf } from "./probe.ts";

await must(["denovrf", "install"]);

const DEVICE = [
  ...["/usr/bin/python3", "-c"],
  `import socket as s
print(s.socket().getsockopt(1, 25, 16).rstrip(b"\\0").decode() or "UNBOUND")`,
];

const OUTER: Record<string, string> = {
  "a unit that is bound with --open": "denovrf run vrfred --open -Pq --",
  "any other bound unit": "denovrf run vrfred -Pq --",
  "denovrf exec": "denovrf exec vrfred",
  "ip vrf exec": "ip vrf exec vrfred",
};

/** What a socket is bound to by the inner command, in each of the outer ones. */
const TABLE: [inner: string, ...results: string[]][] = [
  [
    "denovrf exec vrfblue",
    ...["vrfblue", "refused", "vrfblue", "vrfblue"],
  ],
  [
    "denovrf run vrfblue -Pq --",
    ...["vrfblue", "vrfblue", "vrfblue", "vrfblue"],
  ],
  ["ip vrf exec vrfblue", ...["vrfblue", "vrfblue", "vrfblue", "vrfblue"]],
  ["denovrf exec default", ...["refused", "refused", "UNBOUND", "UNBOUND"]],
  ["ip vrf exec default", ...["vrfred", "vrfred", "vrfred", "UNBOUND"]],
];

/** What exec says where the cgroup around would have the last word. */
const REFUSAL = /Cannot leave the VRF|Cannot attach: the cgroup around it/;

Deno.test("the innermost VRF wins, or the call fails with the reason", async (t) => {
  await using _red = await makeBareVrf("vrfred", 10);
  await using _blue = await makeBareVrf("vrfblue", 20);
  for (const [inner, ...results] of TABLE) {
    for (const [at, [where, outer]] of Object.entries(OUTER).entries()) {
      await t.step(`"${inner}" in ${where}: ${results[at]}`, async () => {
        const command = `${outer} ${inner}`.split(" ");
        const { code, stdout, stderr } = await run([...command, ...DEVICE]);
        const result = REFUSAL.test(stderr) ? "refused" : stdout;
        assertEquals(result, results[at], stderr);
        assertEquals(code, result === "refused" ? 1 : 0);
      });
    }
  }
});
