/** What `--verbose` shows. */

import { tell } from "./print.ts";
import { printable } from "./printable.ts";

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
