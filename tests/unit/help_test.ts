import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { commandNamed, COMMANDS } from "../../src/cli/commands.ts";
import { help, helpOf } from "../../src/cli/help.ts";
import { UsageError } from "../../src/messages/errors.ts";

Deno.test("help() names every command", () => {
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(help(), `  ${name}`);
    assertStringIncludes(help(), summary);
  }
});

Deno.test("helpOf() is the command's usage, summary and options", () => {
  assertEquals(
    helpOf(commandNamed("stop")),
    `Usage: denovrf stop [OPTION…] VRF… | --all

Unpin the programs of a VRF; what is bound and runs goes on

Options:
      --all       everything that was started
      --purge     forget the binding: what is bound can make no new sockets
      --instance  take VRF as the instance of a unit, with systemd's escapes
      --verbose   show every change to the system, and errors at full length
  -h, --help      show this help`,
  );
});

Deno.test("commandNamed() refuses what is no command, with one that is near", () => {
  assertEquals(commandNamed("bind").name, "bind");
  const cases: Record<string, [message: string, remedy?: string]> = {
    "strat": ['Unknown command "strat"', 'Did you mean "start"?'],
    "--frobnicate": ['Unknown option "--frobnicate"'],
  };
  for (const [name, [message, remedy]] of Object.entries(cases)) {
    const error = assertThrows(() => commandNamed(name), UsageError);
    assertEquals([error.message, error.remedy], [message, remedy]);
  }
});
