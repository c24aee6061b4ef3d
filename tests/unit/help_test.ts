import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS, findCommand } from "../../src/commands.ts";
import { help, helpOf } from "../../src/help.ts";

Deno.test("help() names every command", () => {
  for (const { name, summary } of COMMANDS) {
    assertStringIncludes(help(), `  ${name}`);
    assertStringIncludes(help(), summary);
  }
});

Deno.test("helpOf() is the command's usage, summary and options", () => {
  const stop = findCommand("stop");
  assertEquals(
    stop && helpOf(stop),
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
