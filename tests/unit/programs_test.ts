import { assertEquals } from "@std/assert";
import { GOLDEN_PROGRAMS, goldenPrograms } from "./golden/programs.ts";

Deno.test("the programs are the bytes of golden/programs.txt, which golden/programs.ts writes", async () => {
  assertEquals(goldenPrograms(), await Deno.readTextFile(GOLDEN_PROGRAMS));
});
