import { assertEquals, assertThrows } from "@std/assert";
import { HELP } from "../../src/cli/command.ts";
import { commandNamed, COMMANDS } from "../../src/cli/commands.ts";
import { UsageError } from "../../src/messages/errors.ts";

Deno.test("commandNamed() refuses what is no command, with one that is near", () => {
  assertEquals(commandNamed("bind").name, "bind");
  const cases: Record<string, [message: string, remedy?: string]> = {
    "strat": ['Unknown command "strat"', 'Did you mean "start"?'],
    "--frobnicate": ['Unknown option "--frobnicate"'],
    "folow": ['Unknown command "folow"'], // hidden
  };
  for (const [name, [message, remedy]] of Object.entries(cases)) {
    const error = assertThrows(() => commandNamed(name), UsageError);
    assertEquals([error.message, error.remedy], [message, remedy]);
  }
});

Deno.test("the table has no two options of one name, and short ones take no value", () => {
  for (const { name, options } of COMMANDS) {
    const all = [...options, HELP];
    const names = all.flatMap(({ name, alias }) => [name, alias ?? name]);
    const aliases = all.filter(({ alias }) => alias !== undefined);
    assertEquals(new Set(names).size, all.length + aliases.length, name);
    assertEquals(aliases.filter(({ value }) => value !== undefined), [], name);
  }
});

Deno.test("the table repeats only last operands, and leaves only last ones out", () => {
  for (const { name, operands } of COMMANDS) {
    for (const [at, { isOptional, isRepeated }] of operands.entries()) {
      const after = operands.slice(at + 1);
      if (isRepeated) assertEquals(after, [], name);
      if (isOptional) {
        assertEquals(after.filter(({ isOptional }) => !isOptional), [], name);
      }
    }
  }
});
