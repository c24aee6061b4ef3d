import { assertEquals } from "@std/assert";
import { renderTable } from "../../src/messages/table.ts";

Deno.test("renderTable() shows no control character that a name holds", () => {
  const columns = [{ heading: "PROCESS" }, { heading: "UNIT" }];
  assertEquals(
    renderTable(columns, [["a\x1b[1m\nb", "c\x9b\x7f.scope"]], 80),
    ["PROCESS  UNIT", "a?[1m?b  c??.scope"],
  );
});

Deno.test("renderTable() aligns names whose characters take two columns, or none", () => {
  const columns = [
    { heading: "VRF" },
    { heading: "IFINDEX", align: "right" as const },
    { heading: "UNIT" },
  ];
  const rows = [["管理", "4", "a"], ["mgmt-1", "17", "é"], [
    "e\u0301",
    "5",
    "管理",
  ]];
  assertEquals(renderTable(columns, rows, Infinity), [
    "VRF     IFINDEX  UNIT",
    "管理          4  a",
    "mgmt-1       17  é",
    "e\u0301             5  管理",
  ]);
  // The first half of a character cannot be shown.
  assertEquals(
    renderTable(columns, rows, 20).at(-1),
    "e\u0301             5  管…",
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
