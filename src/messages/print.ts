/** Prints to stdout and stderr. */

import { stateOf, UserError } from "./errors.ts";

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
