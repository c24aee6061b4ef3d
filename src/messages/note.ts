/** Notes: what a person should know, although the command does its work. */

import { tell } from "./print.ts";
import { printable } from "./printable.ts";

/** Prints a note to stderr, and what to do about it, if there is anything. */
export function note(message: string, remedy?: string): void {
  tell(`denovrf: Note: ${printable(message)}`);
  if (remedy !== undefined) tell(printable(remedy));
}
