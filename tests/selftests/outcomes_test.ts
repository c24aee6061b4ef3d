import { assertEquals } from "@std/assert";
import { outcomesIn, problems } from "./outcomes.ts";

const OUTPUT = `noise
selftest: iproute2 a.sh 0 14 0
selftest: iproute2 b.sh 1 4 2
TEST: x [FAIL]
selftest: iproute2 c.sh 0 3 0
selftest: iproute2 d.sh 4 0 0
selftest: denovrf a.sh 0 14 0
selftest: denovrf b.sh 1 4 2
selftest: denovrf c.sh 1 2 1
selftest: denovrf d.sh 4 0 0
selftest: iproute2 e.sh 0 1 0
`;

Deno.test("outcomesIn() finds the lines of guest.sh", () => {
  assertEquals(outcomesIn(OUTPUT).length, 9);
  assertEquals(outcomesIn(OUTPUT)[1], {
    ...{ who: "iproute2", test: "b.sh", status: 1, passed: 4, failed: 2 },
  });
});

Deno.test("problems() are what is worse than with iproute2, or was not tried", () => {
  const tests = ["a.sh", "b.sh", "c.sh", "d.sh", "e.sh"];
  assertEquals(problems(outcomesIn(OUTPUT), tests), [
    "c.sh: 3 checks pass with iproute2, 2 with denovrf",
    "d.sh: iproute2 passes none of it",
    "e.sh: it did not come to an end",
  ]);
});
