/** What a person should know of a command that does its work all the same. */

import { printable } from "./printable.ts";

/** Prints a note to stderr. */
export function note(message: string): void {
  console.error(`denovrf: Note: ${printable(message)}`);
}
