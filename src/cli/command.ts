/** What a command is, and a command line that is taken apart. */

import type { RunOption } from "../systemd/run_options.ts";

/** An option of a command. */
export interface Option {
  readonly name: string;
  /** One letter, for an option that takes no value. */
  readonly alias?: string;
  /** What its value is called in the help; without it, it takes none. */
  readonly value?: string;
  readonly summary: string;
  /** Units and shells give it, and no person; see {@linkcode shown}. */
  readonly hidden?: true;
}

/** An operand of a command. */
export interface Operand {
  /** What the usage line and messages call it. */
  readonly name: string;
  readonly isOptional?: true;
  /** Only the last operand can be given more than once. */
  readonly isRepeated?: true;
  /** The option that takes its place; it can also be systemd-run's. */
  readonly unless?: string;
}

/** A command line, taken apart. */
export interface Arguments {
  readonly operands: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  /** Those of the program that {@linkcode Command.passesOptionsTo} names. */
  readonly foreign: ForeignOptions;
}

/** Options of another program. */
export interface ForeignOptions {
  /** As they were given. */
  readonly words: readonly string[];
  /** As that program understands them. */
  readonly options: readonly RunOption[];
}

/** A command line, and what it does. */
export type Example = readonly [line: string, says: string];

/** A command. */
export interface Command {
  readonly name: string;
  readonly operands: readonly Operand[];
  readonly summary: string;
  readonly options: readonly Option[];
  /** Command lines, and what each does. */
  readonly examples?: readonly Example[];
  /** Its operands end with a command, which has options of its own. */
  readonly endsWithCommand?: true;
  /** The program whose options it takes, besides its own, before the command. */
  readonly passesOptionsTo?: "systemd-run";
  /** Units and shells call it, and no person; see {@linkcode shown}. */
  readonly hidden?: true;
}

/** Asks for the help of a command; every command has it. */
export const HELP: Option = {
  name: "help",
  alias: "h",
  summary: "show this help",
};

/** Those that help, completions and suggestions show to a person. */
export function shown<T extends { readonly hidden?: true }>(
  all: readonly T[],
): T[] {
  return all.filter(({ hidden }) => !hidden);
}
