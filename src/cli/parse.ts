/**
 * Takes a command line apart, by the table of commands.
 *
 * No parser of a library does it, for want of two things: they make numbers,
 * booleans and negations out of words, and `run` and `exec` end with a command
 * line whose words are not denovrf's, nor, in the case of `run`, are all that
 * come before it.
 */

import {
  type Arguments,
  type Command,
  HELP,
  type Option,
  shown,
} from "./command.ts";
import { didYouMean } from "../messages/did_you_mean.ts";
import { UsageError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { type RunOption, takeRunOptions } from "../systemd/run_options.ts";

/**
 * Parses `[OPTION…] [--] OPERAND…`, or where the operands are a VRF and a
 * command, `[OPTION…] VRF [OPTION…] [--] COMMAND [ARGUMENT…]`.
 *
 * @throws {UsageError} On an unknown option, one without its value, and one
 * with a value that it does not take.
 */
export function parse(
  { options, endsWithCommand, passesOptionsTo }: Command,
  args: readonly string[],
): Arguments {
  const known = [...options, HELP];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const foreign = { words: [] as string[], options: [] as RunOption[] };
  const operands: string[] = [];
  let at = 0;
  while (at < args.length) {
    const word = args[at] ?? "";
    const next = args[at + 1];
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      if (endsWithCommand && operands.length === 1) break;
      operands.push(word);
      at++;
    } else if (passesOptionsTo !== undefined && !isFor(known, word)) {
      const { words, options } = takeRunOptions(word, next);
      foreign.words.push(...args.slice(at, at + words));
      foreign.options.push(...options);
      at += words;
    } else if (word.startsWith("--")) {
      const { name, value, words } = readLong(known, word, next);
      if (value === undefined) flags.add(name);
      else values.set(name, value);
      at += words;
    } else {
      for (const { name } of readShort(known, word)) flags.add(name);
      at++;
    }
  }
  operands.push(...args.slice(at));
  return { operands, flags, values, foreign };
}

function isFor(known: readonly Option[], word: string): boolean {
  return word.startsWith("--")
    ? known.some(({ name }) => name === word.slice(2).split("=", 1)[0])
    : [...word.slice(1)].every((letter) =>
      known.some(({ alias }) => alias === letter)
    );
}

/** An option as it was given. */
interface Given {
  readonly name: string;
  /** `undefined` for an option that takes none. */
  readonly value?: string;
  /** How many words of the command line it is. */
  readonly words: 1 | 2;
}

/** Reads `--name`, `--name=value` or `--name value`. */
function readLong(
  known: readonly Option[],
  word: string,
  next: string | undefined,
): Given {
  const equals = word.indexOf("=");
  const given = equals < 0 ? word : word.slice(0, equals);
  const option = known.find(({ name }) => `--${name}` === given);
  if (option === undefined) throw unknownOption(known, given);
  const { name } = option;
  if (option.value === undefined) {
    if (equals >= 0) throw takesNoValue(given);
    return { name, words: 1 };
  }
  // The next option is no value of this one.
  const value = equals >= 0
    ? word.slice(equals + 1)
    : next?.startsWith("-")
    ? ""
    : next;
  if (!value) {
    throw new UsageError(
      `Option ${quote(given)} needs a value: ${option.value}`,
    );
  }
  return { name, value, words: equals < 0 ? 2 : 1 };
}

/** Reads `-a`, or several letters in one word, as getopt(3) does. */
function readShort(known: readonly Option[], word: string): Option[] {
  const letters = [...word.slice(1)];
  return letters.map((letter, at) => {
    const option = known.find(({ alias }) => alias === letter);
    if (option !== undefined) return option;
    if (letter === "=" && at > 0) throw takesNoValue(`-${letters[at - 1]}`);
    throw unknownOption(known, word, letter);
  });
}

function unknownOption(
  known: readonly Option[],
  word: string,
  letter?: string,
): UsageError {
  const place = letter === undefined || word === `-${letter}`
    ? quote(word)
    : `${quote(`-${letter}`)} in ${quote(word)}`;
  return new UsageError(`Unknown option ${place}`, {
    remedy: didYouMean(word, shown(known).map(({ name }) => `--${name}`)),
  });
}

function takesNoValue(option: string): UsageError {
  return new UsageError(`Option ${quote(option)} takes no value`);
}
