import { assertEquals } from "@std/assert";
import { listTable } from "../../src/inspect/list_table.ts";
import { REPORTS } from "./reports.ts";

for (const width of [80, 200]) {
  Deno.test(`listTable() is as golden/list_${width}.txt has it, ${width} columns wide`, async () => {
    const path = new URL(`golden/list_${width}.txt`, import.meta.url);
    const lines = listTable(REPORTS, width);
    assertEquals(`${lines.join("\n")}\n`, await Deno.readTextFile(path));
    assertEquals(lines.filter((line) => line.length > width), []);
  });
}
