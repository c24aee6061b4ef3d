/** What the journal says of units. */

import { runProgram } from "../os/subprocess.ts";

/** A moment, as journalctl's `--since` takes it: seconds, to the microsecond. */
export function now(): string {
  return `@${(Date.now() / 1000).toFixed(6)}`;
}

/**
 * The last lines that a unit, or systemd about it, has written.
 *
 * @param since A moment that {@linkcode now} gave.
 */
export function journalSince(
  unit: string,
  since: string,
  count: number,
): string[] {
  const { stdout } = runProgram("journalctl", [
    ...["--quiet", "--no-pager", "--output=short", `--since=${since}`],
    ...[`--lines=${count}`, "--unit", unit],
  ], "Install systemd");
  return stdout.split("\n").filter((line) => line !== "");
}
