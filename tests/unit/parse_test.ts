import { assertEquals, assertThrows } from "@std/assert";
import type { Command } from "../../src/cli/command.ts";
import { commandNamed } from "../../src/cli/commands.ts";
import { parse } from "../../src/cli/parse.ts";
import { UsageError } from "../../src/messages/errors.ts";
import { WRONG_USAGE } from "../wrong_usage.ts";

function parsed(name: string, ...args: string[]) {
  return parse(commandNamed(name), args);
}

Deno.test("parse() tells operands from options, in any order", () => {
  for (
    const line of [
      ["-q", "red", "--verbose", "007"],
      ["red", "-q", "007", "--verbose"],
      ["red", "007", "--verbose", "-q"],
      ["--verbose", "-q", "--", "red", "007"],
    ]
  ) {
    const { operands, flags } = parsed("start", ...line);
    assertEquals([operands, flags], [
      ["red", "007"],
      new Set(["quiet", "verbose"]),
    ]);
  }
});

Deno.test("parse() makes no number, boolean or negation of a word", () => {
  const words = ["007", "1e3", "true", "false", "-", "", "0x10", "__proto__"];
  for (const word of words) {
    assertEquals(parsed("start", "-q", word).operands, [word]);
    assertEquals(parsed("start", word, "--quiet").operands, [word]);
    if (word === "" || word === "-") continue;
    const { values } = parsed("install", "--prefix", word);
    assertEquals([...values], [["prefix", word]]);
  }
});

Deno.test("parse() takes the value of an option in either form, the last one", () => {
  const cases: [args: string[], value: string][] = [
    [["--prefix", "/mnt"], "/mnt"],
    [["--prefix=/mnt"], "/mnt"],
    [["--prefix=a=b"], "a=b"],
    [["--prefix=-x"], "-x"],
    [["--prefix=a\nb"], "a\nb"],
    [["--prefix=/a", "--prefix", "/b"], "/b"],
  ];
  for (const [args, value] of cases) {
    const { values, operands } = parsed("install", ...args);
    assertEquals([[...values], operands], [[["prefix", value]], []]);
  }
});

Deno.test("parse() takes short options together, as getopt(3) does", () => {
  assertEquals([...parsed("start", "-qh").flags], ["quiet", "help"]);
  assertEquals([...parsed("start", "-hq", "-q").flags], ["help", "quiet"]);
});

Deno.test("parse() takes whatever follows -- as it is", () => {
  const { operands, flags } = parsed("start", "--", "-q", "--x=1", "--");
  assertEquals([operands, [...flags]], [["-q", "--x=1", "--"], []]);
});

Deno.test("what start and stop share works on both", () => {
  for (const name of ["start", "stop"]) {
    for (const option of ["all", "quiet", "instance", "verbose"]) {
      assertEquals([...parsed(name, `--${option}`).flags], [option]);
    }
    assertEquals([...parsed(name, "red", "-q").flags], ["quiet"]);
  }
});

Deno.test("parse() refuses what a command does not take", () => {
  const cases: [args: string[], message: string][] = [
    ...WRONG_USAGE,
    [["start", "-x"], 'Unknown option "-x"'],
    [["start", "-xq"], 'Unknown option "-x" in "-xq"'],
    [["start", "--what=1"], 'Unknown option "--what"'],
    [["start", "--__proto__"], 'Unknown option "--__proto__"'],
    [["start", "--constructor=1"], 'Unknown option "--constructor"'],
    [["start", "--=1"], 'Unknown option "--"'],
    [["start", "-7"], 'Unknown option "-7"'],
    [["start", "-all"], 'Unknown option "-a" in "-all"'],
    [["start", "--quiet="], 'Option "--quiet" takes no value'],
    [["start", "--quiet=true"], 'Option "--quiet" takes no value'],
    [["install", "--prefix"], 'Option "--prefix" needs a value: DIR'],
    [["install", "--prefix="], 'Option "--prefix" needs a value: DIR'],
    [["install", "--prefix", ""], 'Option "--prefix" needs a value: DIR'],
    [["install", "--prefix", "-"], 'Option "--prefix" needs a value: DIR'],
    [
      ["install", "--prefix", "--verbose"],
      'Option "--prefix" needs a value: DIR',
    ],
    [["stop", "--prefix=/"], 'Unknown option "--prefix"'],
  ];
  for (const [[name = "", ...args], message] of cases) {
    const error = assertThrows(() => parsed(name, ...args), UsageError);
    assertEquals([name, ...args, error.message], [name, ...args, message]);
  }
});

Deno.test("parse() names the option that was probably meant, but no hidden one", () => {
  const remedies: Record<string, string | undefined> = {
    "--quite": 'Did you mean "--quiet"?',
    "-all": 'Did you mean "--all"?',
    "--instanc": undefined,
  };
  for (const [word, remedy] of Object.entries(remedies)) {
    const error = assertThrows(() => parsed("start", word), UsageError);
    assertEquals([word, error.remedy], [word, remedy]);
  }
});

/** A command like run. */
const LAUNCHING: Command = {
  name: "launch",
  summary: "",
  operands: [],
  options: [
    { name: "quiet", alias: "q", summary: "" },
    { name: "resolv-conf", value: "FILE", summary: "" },
  ],
  endsWithCommand: true,
  passesOptionsTo: "systemd-run",
};

Deno.test("parse() tells whose a word is, before a command and in it", () => {
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
      "--quiet --resolv-conf=f",
      "-tp A=B",
      "red cmd -- x",
    ],
    "red --unit": ["", "--unit", "red"],
    "red - x": ["", "", "red - x"],
    "": ["", "", ""],
  };
  for (const [line, [own, foreign, operands]] of Object.entries(cases)) {
    const args = line === "" ? [] : line.split(" ");
    const given = parse(LAUNCHING, args);
    const options = [
      ...[...given.flags].map((name) => `--${name}`),
      ...[...given.values].map(([name, value]) => `--${name}=${value}`),
    ];
    assertEquals(
      [options, given.foreign.words, given.operands].map((words) =>
        words.join(" ")
      ),
      [own, foreign, operands],
      line,
    );
  }
});

Deno.test("parse() refuses options before a command if nobody has them", () => {
  assertEquals(parsed("exec", "red", "cmd", "-y").operands, [
    ...["red", "cmd", "-y"],
  ]);
  for (const args of [["-x", "red", "cmd"], ["red", "--what=1", "cmd"]]) {
    assertThrows(() => parsed("exec", ...args), UsageError, "Unknown option");
  }
});
