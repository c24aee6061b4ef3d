/** What takes a binding out of a unit again. Pure. */

import { pinsIn } from "./settings.ts";

/** A file of settings. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
}

/** A line of a file. */
export interface Place {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
}

/** An empty value empties the list; see systemd.syntax(7). */
const EMPTIES = /^\s*BPFProgram\s*=\s*$/;

/**
 * Where the programs that a drop-in attaches are taken out again; `undefined`
 * if they are not.
 *
 * @param later The drop-ins after that one, in the order in which systemd reads
 * them.
 */
export function whereTakenOut(
  later: readonly SettingsFile[],
): Place | undefined {
  let place: Place | undefined;
  for (const { path, text } of later) {
    for (const [at, line] of text.split("\n").entries()) {
      if (EMPTIES.test(line)) place = { path, line: at + 1 };
      else if (isOurs(line)) place = undefined;
    }
  }
  return place;
}

/** Whether a line attaches a program of denovrf's, as somebody may have copied it. */
function isOurs(line: string): boolean {
  const value = /^\s*BPFProgram\s*=\s*(.*)$/.exec(line)?.[1];
  return value !== undefined && pinsIn([value]).length > 0;
}
