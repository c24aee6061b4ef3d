import { assertEquals } from "@std/assert";
import { failures, resultsIn, resultsTable } from "./results.ts";

/** The outcome of a topic on a Debian. */
const result = (
  [suite, topic, versions]: [string, string, string],
  passed: number,
  failed = 0,
  errors = "",
) => ({
  ...{ suite, topic, versions },
  counts: { passed, failed, skipped: 0 },
  errors,
});

Deno.test("resultsTable() has a column a suite and a row a topic", () => {
  const results = [
    result(["a", "run", "x 1"], 3),
    result(["a", "bind", "x 1"], 2, 1),
    result(["b", "run", "x 2"], 4),
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
    ...["end of bind: 0", "a test ... FAILED", " ERRORS ", "a test: no"],
    ...["FAILED | 1 passed | 1 failed (1s)", "end of run: 1"],
    ...["ok | 4 passed | 0 failed (1s)", ""],
  ].join("\n");
  const versions = "systemd 252";
  const results = resultsIn(output, "a", ["bind", "run", "see", "walk"]);
  const errors = " ERRORS \na test: no\nFAILED | 1 passed | 1 failed (1s)\n";
  const unended = "ok | 4 passed | 0 failed (1s)\n";
  assertEquals(results, [
    result(["a", "bind", versions], 2),
    result(["a", "run", versions], 1, 1, errors),
    result(["a", "see", versions], 4, 1, unended),
    result(["a", "walk", versions], 0, 1),
  ]);
  assertEquals(
    failures(results),
    `a run:\n${errors}\na see:\n${unended}\na walk:\n`,
  );
  assertEquals(resultsIn("", "a", ["run"])[0]?.versions, "unknown");
});
