import { assertEquals } from "@std/assert";
import { countsIn, sum } from "./counts.ts";

Deno.test("countsIn() reads the closing line of deno test", () => {
  assertEquals(
    countsIn("x\nok | 12 passed (3 steps) | 0 failed | 2 ignored (1s)\n", true),
    { passed: 12, failed: 0, skipped: 2 },
  );
  assertEquals(
    countsIn("FAILED | 7 passed | 3 failed (2m45s)", false),
    { passed: 7, failed: 3, skipped: 0 },
  );
});

Deno.test("countsIn() counts a failure where no closing line does", () => {
  assertEquals(countsIn("", false).failed, 1);
  assertEquals(countsIn("ok | 1 passed | 0 failed", false).failed, 1);
});

Deno.test("sum() adds up", () => {
  const counts = { passed: 1, failed: 2, skipped: 3 };
  assertEquals(sum([counts, counts]), { passed: 2, failed: 4, skipped: 6 });
});
