import { assertEquals, assertStringIncludes } from "@std/assert";
import { chart } from "./chart.ts";
import { RUNS } from "./example_runs.ts";

Deno.test("chart() has a dot for each figure, on a logarithmic axis", () => {
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

Deno.test("chart() escapes what it is given, and has colours for the dark", () => {
  const svg = chart(RUNS);
  assertStringIncludes(svg, "Linux 6 &lt;x>");
  assertStringIncludes(svg, "b &amp; c");
  assertStringIncludes(svg, "prefers-color-scheme: dark");
  assertStringIncludes(svg, 'class="page"');
});
