/** Notes: what a person should know, although the command does its work. */

import { printable } from "./printable.ts";

/** Prints a note to stderr, and what to do about it, if there is anything. */
export function note(message: string, remedy?: string): void {
  console.error(`denovrf: Note: ${printable(message)}`);
  if (remedy !== undefined) console.error(printable(remedy));
}
