/**
 * Command lines that end with another command line. Pure.
 *
 * Parsers of options cannot tell where the command begins without knowing the
 * options before it, which for `run` are systemd-run's too. So the words are
 * told apart here, and ours are left to the parser.
 */

import type { ForeignOptions, Option } from "./command.ts";
import type { RunOption, TakenOptions } from "../systemd/run_options.ts";

/** Reads an option that is not denovrf's; its next word may be its value. */
export type TakeForeign = (
  word: string,
  next: string | undefined,
) => TakenOptions;

/** The words of a command line, by whom they are for. */
export interface LaunchArguments {
  /** denovrf's own options. */
  readonly own: readonly string[];
  readonly foreign: ForeignOptions;
  /** The VRF, and the words of the command. */
  readonly operands: readonly string[];
}

/**
 * Tells the words of `[OPTION…] VRF [OPTION…] [--] COMMAND [ARGUMENT…]` apart.
 *
 * @param own The options that are denovrf's.
 * @param takeForeign Reads the others; without it, they are taken for
 * denovrf's too, whose parser refuses them.
 */
export function splitLaunch(
  args: readonly string[],
  own: readonly Option[],
  takeForeign?: TakeForeign,
): LaunchArguments {
  const ours: string[] = [];
  const foreign = { words: [] as string[], options: [] as RunOption[] };
  const operands: string[] = [];
  let at = 0;
  while (at < args.length) {
    const word = args[at] ?? "";
    if (word === "--") {
      at++;
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      if (operands.length === 1) break;
      operands.push(word);
      at++;
      continue;
    }
    const option = own.find((option) => isFor(option, word));
    if (option !== undefined || takeForeign === undefined) {
      const words = option?.value !== undefined && !word.includes("=") ? 2 : 1;
      ours.push(...args.slice(at, at + words));
      at += words;
      continue;
    }
    const { words, options } = takeForeign(word, args[at + 1]);
    foreign.words.push(...args.slice(at, at + words));
    foreign.options.push(...options);
    at += words;
  }
  operands.push(...args.slice(at));
  return { own: ours, foreign, operands };
}

function isFor({ name, alias }: Option, word: string): boolean {
  const text = word.split("=", 1)[0];
  return text === `--${name}` || (alias !== undefined && text === `-${alias}`);
}
