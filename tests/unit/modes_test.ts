import { assertEquals } from "@std/assert";
import { GUARDS } from "../../src/programs/guards.ts";
import { PROGRAMS } from "../../src/programs/modes.ts";

Deno.test("PROGRAMS and GUARDS have names that fit into the kernel's 15 characters, and differ", () => {
  const programs = [...PROGRAMS, ...GUARDS];
  const names = programs.map(({ kernelName }) => kernelName);
  assertEquals(
    names.filter((name) => !/^denovrf_[a-z0-9_]{1,6}$/.test(name)),
    [],
  );
  assertEquals(new Set(names).size, programs.length);
  assertEquals(
    new Set(programs.map(({ name }) => name)).size,
    programs.length,
  );
});
