/** What a command is, and a command line that is taken apart. Pure. */

import type { RunOption } from "../systemd/run_options.ts";

/** An option of a command. */
export interface Option {
  readonly name: string;
  /** One letter. */
  readonly alias?: string;
  /** What its value is called in the help; without it, it takes none. */
  readonly value?: string;
  readonly summary: string;
}

/** A command line, taken apart. */
export interface Arguments {
  readonly operands: readonly string[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
  /** The options that are another program's; see {@linkcode Command.launches}. */
  readonly foreign: ForeignOptions;
}

/** Options of another program. */
export interface ForeignOptions {
  /** As they were given. */
  readonly words: readonly string[];
  /** As that program understands them. */
  readonly options: readonly RunOption[];
}

/** A command. */
export interface Command {
  readonly name: string;
  /** Its arguments, as they stand in its usage line. */
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /**
   * Its operands end with a command, which has options of its own. What is in
   * between and not denovrf's is systemd-run's, or wrong.
   */
  readonly launches?: "by itself" | "by systemd-run";
}

/** Asks for the help of a command; every command has it. */
export const HELP: Option = {
  name: "help",
  alias: "h",
  summary: "show this help",
};
