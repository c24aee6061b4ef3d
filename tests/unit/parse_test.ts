import { assertEquals, assertThrows } from "@std/assert";
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
    assertEquals([operands, [...flags]], [["red", "007"], [
      ...["quiet", "verbose"],
    ]]);
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
  assertEquals([...parsed("start", "-hq", "-q").flags], ["quiet", "help"]);
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
