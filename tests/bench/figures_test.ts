import { assertEquals } from "@std/assert";
import { figureTables, inProportion } from "./figures.ts";
import { RUNS } from "./example_runs.ts";

Deno.test("inProportion() gives the others' ratios to one of the measures", () => {
  const times = new Map([["a", 10], ["b", 4], ["c", 1]]);
  assertEquals(inProportion("start", times, "b", "bee", { a: 2 }), [
    { what: "start", way: "a", ratio: 2.5, to: "bee", atMost: 2 },
    { what: "start", way: "c", ratio: 0.25, to: "bee", atMost: undefined },
  ]);
  assertEquals(inProportion("start", times, "x"), []);
});

Deno.test("figureTables() has a column a way, a row a thing, and missed targets bold", () => {
  assertEquals(
    figureTables([...RUNS, { machine: "M", groups: [[]] }]),
    [
      "Linux 6 <x>:",
      "",
      "|  | a | d | in proportion to |",
      "| --- | --- | --- | --- |",
      "| start | 0.10 (at most 0.20) | **10.00** (at most 1.05) | b & c |",
      "| stop |  | 0.012 | b & c |",
      "",
      "M:",
    ].join("\n"),
  );
});
