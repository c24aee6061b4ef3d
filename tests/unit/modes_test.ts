import { assertEquals } from "@std/assert";
import { PROGRAMS } from "../../src/programs/modes.ts";

Deno.test("PROGRAMS have names that fit into the kernel's 15 characters, and differ", () => {
  const names = PROGRAMS.map(({ kernelName }) => kernelName);
  assertEquals(
    names.filter((name) => !/^denovrf_[a-z0-9_]{1,6}$/.test(name)),
    [],
  );
  assertEquals(new Set(names).size, PROGRAMS.length);
  assertEquals(
    new Set(PROGRAMS.map(({ name }) => name)).size,
    PROGRAMS.length,
  );
});
