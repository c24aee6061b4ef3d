import { assertEquals } from "@std/assert";
import { shown } from "../../src/cli/command.ts";
import { commandNamed, COMMANDS } from "../../src/cli/commands.ts";
import { help, helpOf, usageOf } from "../../src/cli/help.ts";

const HIDDEN = ["attach", "follow", "complete"];

Deno.test("help() is the text of golden/help.txt", async () => {
  const golden = await Deno.readTextFile("tests/unit/golden/help.txt");
  assertEquals(`${help()}\n`, golden);
});

Deno.test("help() names every command that a person calls, and no other", () => {
  for (const { name, summary } of COMMANDS) {
    const isShown = !HIDDEN.includes(name);
    assertEquals([name, help().includes(summary)], [name, isShown]);
    assertEquals(new RegExp(`^  ${name}\\b`, "m").test(help()), isShown);
  }
});

Deno.test("usageOf() says what a command takes", () => {
  const usages: Record<string, string> = {
    start: "[OPTION…] VRF… | --all",
    bind: "[OPTION…] UNIT VRF",
    run: "[OPTION…] VRF [SYSTEMD-RUN OPTION…] [--] COMMAND…",
    exec: "[OPTION…] VRF [--] COMMAND…",
    verify: "[OPTION…] [UNIT…]",
    doctor: "[OPTION…]",
    follow: "[OPTION…] INSTANCE [IFINDEX]",
    completion: "SHELL",
  };
  for (const [name, usage] of Object.entries(usages)) {
    const expected = `Usage: denovrf ${name} ${usage}`;
    assertEquals(usageOf(commandNamed(name)), expected);
  }
});

Deno.test("helpOf() is the command's usage, summary and options", () => {
  assertEquals(
    helpOf(commandNamed("stop")),
    `Usage: denovrf stop [OPTION…] VRF… | --all

Unpin the programs of a VRF; running units stay bound

Options:
      --all      stop everything that was started
  -q, --quiet    as start takes it; stop prints nothing anyway
      --purge    also delete the binding: bound units open no new sockets
      --verbose  show each change to the system, and errors in full
  -h, --help     show this help

Forget a VRF that does not come back:
  denovrf stop --purge vrfred`,
  );
});

Deno.test("help fits into a terminal of 80 columns", () => {
  const texts = [help(), ...COMMANDS.map((command) => helpOf(command))];
  const tooLong = texts.flatMap((text) => text.split("\n"))
    .filter((line) => line.length > 80);
  assertEquals(tooLong, []);
});

Deno.test("each command that a person calls has an example of itself", () => {
  for (const { name, examples } of shown(COMMANDS)) {
    const lines = examples?.map(([line]) => line.split(" ", 2).join(" "));
    assertEquals([...new Set(lines)], [`denovrf ${name}`]);
  }
});
