import { assertEquals, assertThrows } from "@std/assert";
import { replaceTable, resultsTable, versionsIn } from "../vm/results.ts";

const counts = (passed: number, failed: number) => ({
  passed,
  failed,
  skipped: 0,
});

Deno.test("the table of results has a column a suite and a row a topic", () => {
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

Deno.test("a table takes the place of another one, and of nothing else", () => {
  const [begin, end] = [
    "<!-- what the last run of the system tests printed -->",
    "<!-- the end of it -->",
  ];
  const text = `before\n${begin}\nold\n${end}\nafter\n`;
  assertEquals(
    replaceTable(text, "new"),
    `before\n${begin}\n\nnew\n\n${end}\nafter\n`,
  );
  assertThrows(() => replaceTable("before", "new"), Error);
  assertEquals(versionsIn("x\nversions: systemd 252\ny"), "systemd 252");
});
