import { assertEquals, assertThrows } from "@std/assert";
import type { Command } from "../../src/cli/command.ts";
import { tellApart } from "../../src/cli/words.ts";
import { UsageError } from "../../src/messages/errors.ts";
import { takeRunOptions } from "../../src/systemd/run_options.ts";

const OPTIONS = [
  { name: "quiet", alias: "q", summary: "" },
  { name: "resolv-conf", value: "FILE", summary: "" },
];

const LAUNCHING: Pick<Command, "options" | "launches"> = {
  options: OPTIONS,
  launches: "by systemd-run",
};

Deno.test("tellApart() gives options one form each", () => {
  const forms: Record<string, string> = {
    "-q": "--quiet",
    "--quiet": "--quiet",
    "-qhq": "--quiet --help --quiet",
    "--resolv-conf f": "--resolv-conf=f",
    "--resolv-conf=f": "--resolv-conf=f",
  };
  for (const [line, form] of Object.entries(forms)) {
    const { own } = tellApart({ options: OPTIONS }, line.split(" "));
    assertEquals([line, own.join(" ")], [line, form]);
  }
});

Deno.test("tellApart() tells whose a word is, where a command is launched", () => {
  const cases: Record<
    string,
    [own: string, foreign: string, operands: string]
  > = {
    "red cmd": ["", "", "red cmd"],
    "red cmd -q --scope": ["", "", "red cmd -q --scope"],
    "-q red cmd": ["--quiet", "", "red cmd"],
    "red -q cmd": ["--quiet", "", "red cmd"],
    "red -qh cmd": ["--quiet --help", "", "red cmd"],
    "red -tq cmd": ["", "-tq", "red cmd"],
    "red -qt cmd": ["", "-qt", "red cmd"],
    "red -- -q": ["", "", "red -q"],
    "-- red cmd": ["", "", "red cmd"],
    "--scope red --resolv-conf f -u n cmd -u": [
      "--resolv-conf=f",
      "--scope -u n",
      "red cmd -u",
    ],
    "-u red blue cmd": ["", "-u red", "blue cmd"],
    "red --resolv-conf=f -tp A=B --quiet -- cmd -- x": [
      "--resolv-conf=f --quiet",
      "-tp A=B",
      "red cmd -- x",
    ],
    "red --unit": ["", "--unit", "red"],
    "red - x": ["", "", "red - x"],
    "": ["", "", ""],
  };
  for (const [line, [own, foreign, operands]] of Object.entries(cases)) {
    const args = line === "" ? [] : line.split(" ");
    const split = tellApart(LAUNCHING, args, takeRunOptions);
    assertEquals(
      [split.own, split.foreign.words, split.operands].map((words) =>
        words.join(" ")
      ),
      [own, foreign, operands],
      line,
    );
  }
});

Deno.test("tellApart() refuses options before a command if nobody has them", () => {
  const command = { options: OPTIONS, launches: "by itself" } as const;
  assertEquals(tellApart(command, ["red", "cmd", "-y"]).operands, [
    ...["red", "cmd", "-y"],
  ]);
  for (const args of [["-x", "red", "cmd"], ["red", "--what=1", "cmd"]]) {
    assertThrows(() => tellApart(command, args), UsageError, "Unknown option");
  }
});
