import { assertEquals, assertStringIncludes } from "@std/assert";
import { chart } from "../bench/chart.ts";
import { figureTables, inProportion, type Run } from "../bench/figures.ts";

const RUNS: Run[] = [{
  machine: "Linux 6 <x>",
  groups: [[
    ...[{ what: "start", way: "a", ratio: 0.1, to: "b & c", atMost: 0.2 }],
    ...[{ what: "start", way: "d", ratio: 10, to: "b & c", atMost: 1.05 }],
    ...[{ what: "stop", way: "d", ratio: 0.0123, to: "b & c" }],
  ]],
}];

Deno.test("measures in proportion to one of them are the others' ratios", () => {
  const times = new Map([["a", 10], ["b", 4], ["c", 1]]);
  assertEquals(inProportion("start", times, "b", "bee", { a: 2 }), [
    { what: "start", way: "a", ratio: 2.5, to: "bee", atMost: 2 },
    { what: "start", way: "c", ratio: 0.25, to: "bee", atMost: undefined },
  ]);
  assertEquals(inProportion("start", times, "x"), []);
});

Deno.test("the tables have a column a way, a row a thing, and missed targets bold", () => {
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

Deno.test("the chart has a dot for each figure, on a logarithmic axis", () => {
  const svg = chart(RUNS);
  const dots = new Map(
    [...svg.matchAll(/<circle cx="(\d+)"[^>]*><title>(.*?)<\/title>/g)].map((
      [, x, title],
    ) => [title, Number(x)]),
  );
  assertEquals([...dots.keys()], ["a: 0.10", "d: 10.00", "d: 0.012"]);
  const gridlines = [...svg.matchAll(/class="grid" x1="(\d+)"/g)].map(([, x]) =>
    Number(x)
  );
  const [, tenth, one, ten] = gridlines;
  assertEquals(gridlines.length, 4);
  assertEquals([dots.get("a: 0.10"), dots.get("d: 10.00")], [tenth, ten]);
  assertEquals((one ?? 0) - (tenth ?? 0), (ten ?? 0) - (one ?? 0));
  const targets = svg.match(/<path /g);
  assertEquals(targets?.length, 2);
});

Deno.test("the chart escapes what it is given, and has colours for the dark", () => {
  const svg = chart(RUNS);
  assertStringIncludes(svg, "Linux 6 &lt;x>");
  assertStringIncludes(svg, "b &amp; c");
  assertStringIncludes(svg, "prefers-color-scheme: dark");
  assertStringIncludes(svg, 'class="page"');
});
