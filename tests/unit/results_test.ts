import { assertEquals } from "@std/assert";
import { resultsIn, resultsTable } from "../vm/results.ts";

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

Deno.test("resultsIn() tells the topics of a guest apart, and fails what did not end", () => {
  const output = [
    ...["x", "versions: systemd 252", "ok | 2 passed | 0 failed (1s)"],
    ...["end of bind: 0", "FAILED | 1 passed | 1 failed (1s)"],
    ...["end of run: 1", "ok | 4 passed | 0 failed (1s)", ""],
  ].join("\n");
  const versions = "systemd 252";
  assertEquals(resultsIn(output, "a", ["bind", "run", "see", "walk"]), [
    { suite: "a", topic: "bind", versions, counts: counts(2, 0) },
    { suite: "a", topic: "run", versions, counts: counts(1, 1) },
    { suite: "a", topic: "see", versions, counts: counts(4, 1) },
    { suite: "a", topic: "walk", versions, counts: counts(0, 1) },
  ]);
  assertEquals(resultsIn("", "a", ["run"])[0]?.versions, "unknown");
});
