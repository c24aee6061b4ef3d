import { assertEquals } from "@std/assert";
import { instanceFor } from "../../src/bound_units/instance.ts";
import { faultOfIfname } from "../../src/iproute2/ifname.ts";
import { randomFrom } from "../random.ts";
import { must } from "../shell.ts";

/** Names of interfaces with everything that systemd may escape. */
function ifnames(count: number): string[] {
  const letters = [
    ...Array.from(
      { length: 0x7f - 0x21 },
      (_, at) => String.fromCharCode(0x21 + at),
    ),
    ..."ü管💥\u2028",
  ];
  const random = randomFrom(count);
  const names = new Set([".a", "..a", "-", "a.b", "_", "\\x2d"]);
  while (names.size < count) {
    const length = 1 + random(15);
    const name = Array.from({ length }, () => letters[random(letters.length)])
      .join("");
    if (faultOfIfname(name) === undefined) names.add(name);
  }
  return [...names];
}

Deno.test("instanceFor() names an instance as systemd-escape does", async () => {
  const names = ifnames(500);
  const escaped = await must([
    ...["systemd-escape", "--template=denovrf@.service", "--", ...names],
  ]);
  assertEquals(names.map(instanceFor), escaped.split(" "));
});
