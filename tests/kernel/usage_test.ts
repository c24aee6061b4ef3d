import { assertEquals, assertMatch } from "@std/assert";
import { help } from "../../src/cli/help.ts";
import { denovrf, denovrfCommand, makeNetdev, pins } from "./fixture.ts";
import { run } from "../shell.ts";
import { WRONG_USAGE } from "../wrong_usage.ts";

Deno.test("wrong usage exits with 2 and the usage of the command", async () => {
  const cases: [args: string[], lines: string[]][] = [
    [["strat", "vt0"], [
      'denovrf: Unknown command "strat"',
      'Did you mean "start"?',
      "Usage: denovrf COMMAND [OPTION…] [ARGUMENT…]; for all commands: denovrf help",
    ]],
    [["stop", "--purgee", "vt0"], [
      'denovrf: Unknown option "--purgee"',
      'Did you mean "--purge"?',
      "Usage: denovrf stop [OPTION…] VRF… | --all",
    ]],
    [["start"], [
      "denovrf: Missing argument: VRF",
      "Usage: denovrf start [OPTION…] VRF… | --all",
    ]],
    [["bind", "a", "b", "c"], [
      'denovrf: Unexpected argument "c"',
      "Usage: denovrf bind [OPTION…] UNIT VRF",
    ]],
    [[], help().split("\n")],
  ];
  for (const [args, lines] of cases) {
    const { code, stdout, stderr } = await denovrf(args);
    assertEquals({ code, stdout, stderr: stderr.split("\n") }, {
      code: 2,
      stdout: "",
      stderr: lines,
    });
  }
});

Deno.test("what looks like an option and is none is refused, whatever parsers make of it", async () => {
  for (const [args, message] of WRONG_USAGE) {
    const { code, stdout, stderr } = await denovrf(args);
    assertEquals([args, code, stdout, stderr.split("\n", 1)], [
      ...[args, 2, ""],
      [`denovrf: ${message}`],
    ]);
  }
});

Deno.test("start and stop take -q and an interface in any order, and no word for another", async () => {
  await using _netdev = await makeNetdev("true");
  for (const words of [["true", "-q"], ["-q", "true"], ["--quiet", "true"]]) {
    const started = await denovrf(["start", ...words]);
    assertEquals([started.code, started.stdout], [0, ""]);
    assertEquals((await pins()).includes("/sys/fs/bpf/denovrf/true"), true);
    assertEquals(await denovrf(["stop", "--purge", ...words]), {
      ...{ code: 0, stdout: "", stderr: "" },
    });
    assertEquals(await pins(), []);
  }
});

Deno.test("hidden commands have a help too", async () => {
  for (const args of [["help", "attach"], ["attach", "--help"]]) {
    const { code, stdout } = await denovrf(args);
    assertEquals(code, 0);
    assertMatch(stdout, /^Usage: denovrf attach /);
  }
});

Deno.test("an argument that is not UTF-8 is refused", async () => {
  const { code, stdout, stderr } = await run([
    ...["sh", "-c", `"$@" "$(printf '\\377')"`, "sh"],
    ...[...await denovrfCommand(), "list"],
  ]);
  // Deno 2.7 refuses it before it runs any program.
  const [status, words] = Deno.version.deno.startsWith("2.7.")
    ? [1, /invalid UTF-8/]
    : [2, /^denovrf: Cannot use "\ufffd": it is not UTF-8\n/];
  assertEquals([code, stdout], [status, ""]);
  assertMatch(stderr, words);
});
