import { assertEquals } from "@std/assert";
import { parseProperties } from "../../src/systemd/systemctl.ts";

Deno.test("parseProperties() keeps every value of a property", () => {
  assertEquals(
    parseProperties("BPFProgram=b:/2\nSlice=a.slice\nBPFProgram=a:/1=x\n\n"),
    new Map([["BPFProgram", "b:/2 a:/1=x"], ["Slice", "a.slice"]]),
  );
});
