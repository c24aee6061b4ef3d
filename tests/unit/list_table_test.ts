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
  const lines = ["VRF   STATE   UNIT", "red   bound   stale", "absent stale"];
  const [header = "", ...rows] = lines;
  assertEquals(withColors([header, ...rows]), [header, ...rows]);
  assertEquals(withColors([header, "red   stale   x", "blue  absent"]), [
    header,
    "red   \x1b[31mstale\x1b[39m   x",
    "blue  \x1b[33mabsent\x1b[39m",
  ]);
});
