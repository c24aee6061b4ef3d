/** Notes: what a person should know, although the command does its work. */

import { tell } from "./print.ts";
import { printable } from "./printable.ts";

/** Prints a note to stderr. */
export function note(message: string): void {
  tell(`denovrf: Note: ${printable(message)}`);
}
