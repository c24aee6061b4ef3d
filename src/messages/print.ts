/** Prints to stdout and stderr. */

import { stateOf, UserError } from "./errors.ts";
import { printable } from "./quote.ts";

/**
 * Prints what a command was asked for.
 *
 * @throws {UserError} If stdout takes nothing, as on a full disk. Of a pipe that
 * nobody reads, Deno says nothing.
 */
export function print(text: string): void {
  try {
    console.log(text);
  } catch (cause) {
    throw new UserError(`Cannot write to stdout: ${stateOf(cause)}`, { cause });
  }
}

/**
 * Prints to stderr what a person should know. If stderr takes nothing, nobody
 * can be told, and what is done is done nevertheless.
 */
export function tell(text: string): void {
  try {
    console.error(text);
  } catch {
    // The exit status still says how it ended.
  }
}

/** Prints to stderr without ending the line. */
export function tellOnLine(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // As tell().
  }
}

/** Prints a note to stderr, and what to do about it, if there is anything. */
export function note(message: string, remedy?: string): void {
  tell(`denovrf: Note: ${printable(message)}`);
  if (remedy !== undefined) tell(printable(remedy));
}

/** Goes back to the begin of the line, and erases it; see console_codes(4). */
const ERASE = "\r\x1b[K";

/**
 * Does something that may take seconds, with a line on the terminal meanwhile.
 * If stderr is no terminal, the line is left out.
 *
 * @param what Such as `Restarting "ssh.service"`.
 */
export function withProgress<T>(what: string, act: () => T): T {
  if (!Deno.stderr.isTerminal()) return act();
  tellOnLine(`${what} …`);
  try {
    return act();
  } finally {
    tellOnLine(ERASE);
  }
}

let on = false;

/** From now on, shows each change to the system, and errors in full. */
export function beVerbose(): void {
  on = true;
}

/** Whether `--verbose` was given. */
export function isVerbose(): boolean {
  return on;
}

/** Shows a change to the system, as the command that a person would type. */
export function showChange(change: string): void {
  if (on) tell(`[#] ${printable(change)}`);
}

/**
 * Prints an error so that it can be read at night: one line, and the remedy on
 * a line of its own. Only a bug of ours comes with a stack trace.
 */
export function printError(error: unknown): void {
  if (!(error instanceof UserError)) {
    tell("denovrf: Internal error; please report this bug:");
    tell(Deno.inspect(error));
    return;
  }
  tell(`denovrf: ${printable(error.message)}`);
  if (error.remedy !== undefined) tell(printable(error.remedy));
  if (error.detail === undefined) return;
  if (isVerbose()) tell(error.detail.trimEnd());
}

/**
 * The width of stdout in characters: without limit if it is no terminal, or a
 * serial console, which reports 0 columns.
 */
export function lineWidth(): number {
  if (!Deno.stdout.isTerminal()) return Infinity;
  return Deno.consoleSize().columns || Infinity;
}

/** Whether stdout shows bold and coloured letters: a terminal, unless NO_COLOR is set. */
export function hasStyles(): boolean {
  return Deno.stdout.isTerminal() && !Deno.noColor;
}
