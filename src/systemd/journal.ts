/** What the journal says of units. */

import { type Output, runProgram } from "../os/subprocess.ts";
import { INSTALL_SYSTEMD } from "./systemctl.ts";

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
  // What was written until now has to be in the journal first.
  journalctl("--sync");
  const { stdout } = journalctl(
    ...["--quiet", "--no-pager", "--output=short", `--since=${since}`],
    ...[`--lines=${count}`, "--unit", unit],
  );
  return stdout.split("\n").filter((line) => line !== "");
}

function journalctl(...args: string[]): Output {
  return runProgram("journalctl", args, INSTALL_SYSTEMD);
}
