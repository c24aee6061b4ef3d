/** Notes: what a person should know, although the command does its work. */

import { printable } from "./printable.ts";

/** Prints a note to stderr. */
export function note(message: string): void {
  console.error(`denovrf: Note: ${printable(message)}`);
}
