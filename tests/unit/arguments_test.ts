import { assertEquals, assertThrows } from "@std/assert";
import { parseArguments } from "../../src/cli/arguments.ts";
import { findCommand } from "../../src/cli/commands.ts";
import { UsageError } from "../../src/messages/errors.ts";

function parse(name: string, ...args: string[]) {
  const command = findCommand(name);
  if (command === undefined) throw new TypeError(`no command ${name}`);
  return parseArguments(command, args);
}

Deno.test("parseArguments() tells operands from options", () => {
  const { operands, flags } = parse("start", "-q", "red", "--verbose", "007");
  assertEquals(operands, ["red", "007"]);
  assertEquals([...flags], ["quiet", "verbose"]);
});

Deno.test("parseArguments() keeps the value of an option", () => {
  const { values } = parse("install", "--prefix", "/mnt");
  assertEquals([...values], [["prefix", "/mnt"]]);
});

Deno.test("parseArguments() refuses what a command does not take", () => {
  const cases: [string[], string][] = [
    [["start", "--quit"], 'Unknown option "--quit"'],
    [["start", "-x"], 'Unknown option "-x"'],
    [["start", "--what=1"], 'Unknown option "--what"'],
    [["start", "--quiet=yes"], 'Option "--quiet" takes no value'],
    [["install", "--prefix"], 'Option "--prefix" needs DIR'],
    [["install", "--prefix", "--verbose"], 'Option "--prefix" needs DIR'],
    [["stop", "--prefix=/"], 'Unknown option "--prefix"'],
  ];
  for (const [[name = "", ...args], message] of cases) {
    const error = assertThrows(() => parse(name, ...args), UsageError);
    assertEquals(error.message, message);
  }
});

Deno.test("parseArguments() names the option that was probably meant", () => {
  const error = assertThrows(() => parse("start", "--quite"), UsageError);
  assertEquals(error.remedy, 'Did you mean "--quiet"?');
});

Deno.test("parseArguments() takes whatever follows -- as it is", () => {
  assertEquals(parse("start", "--", "-q", "--x=1").operands, ["-q", "--x=1"]);
});
