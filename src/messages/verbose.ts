/** What `--verbose` shows. */

import { printable } from "./printable.ts";

let on = false;

/** Shows every change to the system from now on, and errors at full length. */
export function beVerbose(): void {
  on = true;
}

/** Whether `--verbose` was given. */
export function isVerbose(): boolean {
  return on;
}

/** Shows a change to the system, as the command that a person would type. */
export function showChange(change: string): void {
  if (on) console.error(`[#] ${printable(change)}`);
}
