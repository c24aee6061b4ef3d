import { assertEquals } from "@std/assert";
import { renderTable } from "../../src/messages/table.ts";

Deno.test("renderTable() shows no control character that a name holds", () => {
  const columns = [{ heading: "PROCESS" }, { heading: "UNIT" }];
  assertEquals(
    renderTable(columns, [["a\x1b[1m\nb", "c\x9b\x7f.scope"]], 80),
    ["PROCESS  UNIT", "a?[1m?b  c??.scope"],
  );
});

Deno.test("renderTable() cuts off only what does not fit", () => {
  const columns = [{ heading: "A" }, { heading: "B" }];
  assertEquals(renderTable(columns, [["a", "bcdef"]], 6), ["A  B", "a  bc…"]);
  assertEquals(renderTable(columns, [["a", "bcd"]], 6), ["A  B", "a  bcd"]);
  assertEquals(
    renderTable(columns, [["a", "b".repeat(300)]], Infinity)[1]?.length,
    303,
  );
});
