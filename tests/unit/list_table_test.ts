import { assertEquals } from "@std/assert";
import { listTable, withColors } from "../../src/inspect/list_table.ts";
import { REPORTS } from "./reports.ts";

for (const width of [80, 200]) {
  Deno.test(`listTable() is as golden/list_${width}.txt has it, ${width} columns wide`, async () => {
    const path = new URL(`golden/list_${width}.txt`, import.meta.url);
    const lines = listTable(REPORTS, width);
    assertEquals(`${lines.join("\n")}\n`, await Deno.readTextFile(path));
    assertEquals(lines.filter((line) => line.length > width), []);
  });
}

Deno.test("withColors() colours the states in which sockets are refused, and nothing else", () => {
  const lines = listTable(REPORTS, 200);
  const colored = withColors(lines);
  assertEquals(
    colored.map((line) => line.replaceAll(/\x1b\[\d+m/g, "")),
    lines,
  );
  const found = colored.flatMap((line) => /\x1b.*\x1b\[39m/.exec(line) ?? []);
  assertEquals(found.map(String), [
    ...["\x1b[33mabsent\x1b[39m", "\x1b[33mabsent\x1b[39m"],
    "\x1b[31mstale\x1b[39m",
  ]);
});
