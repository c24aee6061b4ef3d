/** The options that choose a mode. */

import { UsageError } from "../../messages/errors.ts";
import type { Mode } from "../../programs/modes.ts";

/**
 * The mode that a command's options ask for.
 *
 * @throws {UsageError} If they contradict each other.
 */
export function modeFrom(flags: ReadonlySet<string>): Mode {
  const mode = {
    open: flags.has("open"),
    loopback: flags.has("loopback"),
    lock: flags.has("lock"),
  };
  if (mode.open && (mode.loopback || mode.lock)) {
    throw new UsageError(
      `Cannot use --open with ${mode.lock ? "--lock" : "--loopback"}`,
    );
  }
  return mode;
}
