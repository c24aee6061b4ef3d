/** Odd command lines, in their thousands, get an answer or an error for people. */

import { assert, assertEquals } from "@std/assert";
import { type Arguments, HELP } from "../../src/cli/command.ts";
import { COMMANDS, type NamedCommand } from "../../src/cli/commands.ts";
import { parse } from "../../src/cli/parse.ts";
import { UsageError } from "../../src/messages/errors.ts";
import { randomFrom } from "../random.ts";

const LINES = 100_000;

/** Words that some parser reads as more, or as less, than they are. */
const ODD_WORDS = [
  ...["", "-", "--", "---", "-=", "--=", "--=x", "-q=x", "-q/x", "-q1", "-q-"],
  ...["-qh", "-hq", "-qq", "-qx", "--_", "-_", "_", "--no-x=1", "--no-all"],
  ...["--no-purge=1", "--no-quiet", "--quiet=true", "--quiet=", "--quiet=0"],
  ...["--__proto__", "--__proto__=1", "--constructor", "--toString", "--a.b=1"],
  ...["true", "false", "null", "007", "-1", "1e3", "0x1f", "-0", "NaN", "-.5"],
  ...["red", "é", "💥", "\u2028", "a b", "a=b", "\n", "--\n", "--é=💥", "-💥"],
  ...["--prefix", "--prefix=", "--prefix=-x", "--resolv-conf", "--property"],
  ...["-p", "-pA=B", "-tp", "-u", "--unit=x", "--scope", "--shell", "-S"],
];

const random = randomFrom(15);

function pick<T>(of: readonly T[]): T {
  return of[random(of.length)] as T;
}

/** A word that has to do with a command's options, or a damaged one. */
function wordFor({ options }: NamedCommand): string {
  const { name, alias } = pick([...options, HELP]);
  const word = pick([
    ...[`--${name}`, `--${name}=${pick(ODD_WORDS)}`, `-${alias ?? name}`],
    ...[`--no-${name}`, pick(ODD_WORDS), pick(ODD_WORDS), "red"],
  ]);
  if (random(8) > 0) return word;
  const at = random(word.length + 1);
  return word.slice(0, at) + pick(ODD_WORDS) + word.slice(at + random(2));
}

/** Fails unless a command line is understood or refused, and nothing else. */
function assertOutcome(command: NamedCommand, args: string[]): void {
  try {
    assertRoundTrip(command, parse(command, args));
  } catch (error) {
    assert(error instanceof UsageError, `${JSON.stringify(args)}: ${error}`);
  }
}

/** What was understood can be said in plain words, and is understood so. */
function assertRoundTrip(
  command: NamedCommand,
  { operands, flags, values }: Arguments,
): void {
  const names = [...command.options, HELP].map(({ name }) => name);
  for (const name of [...flags, ...values.keys()]) assert(names.includes(name));
  const plain = [
    ...[...flags].map((name) => `--${name}`),
    ...[...values].map(([name, value]) => `--${name}=${value}`),
    ...["--", ...operands],
  ];
  const again = parse(command, plain);
  assertEquals([again.operands, again.flags, again.values], [
    ...[operands, flags, values],
  ]);
}

Deno.test(`parse() gives ${LINES} odd command lines an answer or an error`, () => {
  for (let number = 0; number < LINES; number++) {
    const command = pick(COMMANDS);
    const args = Array.from({ length: random(6) }, () => wordFor(command));
    assertOutcome(command, args);
  }
});
