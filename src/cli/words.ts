/**
 * The words of a command line, told apart by the table of commands.
 *
 * Parsers of options have habits: they make numbers, booleans and negations out
 * of words, and cannot tell where a command line begins that another one ends
 * with. So whose a word is, and whether the table allows it, is seen to here;
 * the parser gets options of ours, each in one form.
 */

import {
  type Command,
  type ForeignOptions,
  HELP,
  type Option,
  shown,
} from "./command.ts";
import { didYouMean } from "../messages/did_you_mean.ts";
import { UsageError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import type { RunOption, TakenOptions } from "../systemd/run_options.ts";

/** Reads an option that is not denovrf's; its next word may be its value. */
export type TakeForeign = (
  word: string,
  next: string | undefined,
) => TakenOptions;

/** The words of a command line, by recipient. */
export interface Words {
  /** denovrf's own options, each as `--name` or `--name=value`. */
  readonly own: readonly string[];
  readonly foreign: ForeignOptions;
  readonly operands: readonly string[];
}

/**
 * Tells the words of `[OPTION…] [--] OPERAND…` apart, or where the operands are
 * a VRF and a command, of `[OPTION…] VRF [OPTION…] [--] COMMAND [ARGUMENT…]`.
 *
 * @param takeForeign Reads the options that are not ours; without it, they are
 * refused.
 * @throws {UsageError} On an unknown option, one without its value, and one
 * with a value that it does not take.
 */
export function tellApart(
  { options, launches }: Pick<Command, "options" | "launches">,
  args: readonly string[],
  takeForeign?: TakeForeign,
): Words {
  const known = [...options, HELP];
  const own: string[] = [];
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
      if (launches !== undefined && operands.length === 1) break;
      operands.push(word);
      at++;
    } else if (takeForeign !== undefined && !isFor(known, word)) {
      const { words, options } = takeForeign(word, next);
      foreign.words.push(...args.slice(at, at + words));
      foreign.options.push(...options);
      at += words;
    } else {
      const { words, options } = word.startsWith("--")
        ? readLong(known, word, next)
        : readShort(known, word);
      own.push(...options);
      at += words;
    }
  }
  operands.push(...args.slice(at));
  return { own, foreign, operands };
}

function isFor(known: readonly Option[], word: string): boolean {
  return word.startsWith("--")
    ? known.some(({ name }) => name === word.slice(2).split("=", 1)[0])
    : [...word.slice(1)].every((letter) =>
      known.some(({ alias }) => alias === letter)
    );
}

/** How many words of a command line are read, and which options they are. */
interface Read {
  readonly words: 1 | 2;
  readonly options: readonly string[];
}

/** Reads `--name`, `--name=value` or `--name value`. */
function readLong(
  known: readonly Option[],
  word: string,
  next: string | undefined,
): Read {
  const equals = word.indexOf("=");
  const given = equals < 0 ? word : word.slice(0, equals);
  const option = known.find(({ name }) => `--${name}` === given);
  if (option === undefined) throw unknownOption(known, given);
  if (option.value === undefined) {
    if (equals >= 0) throw takesNoValue(given);
    return { words: 1, options: [given] };
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
  return { words: equals < 0 ? 2 : 1, options: [`${given}=${value}`] };
}

/** Reads `-a`, or several letters in one word, as getopt(3) does. */
function readShort(known: readonly Option[], word: string): Read {
  const letters = [...word.slice(1)];
  const options = letters.map((letter, at) => {
    const option = known.find(({ alias }) => alias === letter);
    if (option !== undefined) return `--${option.name}`;
    if (letter === "=" && at > 0) throw takesNoValue(`-${letters[at - 1]}`);
    throw unknownOption(known, word, letter);
  });
  return { words: 1, options };
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
