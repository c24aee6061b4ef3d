import { assertEquals } from "@std/assert";
import { resultsTable, versionsIn } from "../vm/results.ts";

const counts = (passed: number, failed: number) => ({
  passed,
  failed,
  skipped: 0,
});

Deno.test("resultsTable() has a column a suite and a row a topic", () => {
  const results = [
    ...[{ suite: "a", topic: "run", versions: "x 1", counts: counts(3, 0) }],
    ...[{ suite: "a", topic: "bind", versions: "x 1", counts: counts(2, 1) }],
    ...[{ suite: "b", topic: "run", versions: "x 2", counts: counts(4, 0) }],
  ];
  assertEquals(resultsTable(results).split("\n"), [
    "| tests/system | a | b |",
    "| --- | --- | --- |",
    "|  | x 1 | x 2 |",
    "| bind | 1 failed |  |",
    "| run | 3 passed | 4 passed |",
  ]);
});

Deno.test("versionsIn() reads what a guest printed", () => {
  assertEquals(versionsIn("x\nversions: systemd 252\ny"), "systemd 252");
  assertEquals(versionsIn("x"), "unknown");
});
