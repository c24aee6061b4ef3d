/** The options `--loopback` and `--lock`. */

import type { Mode } from "../../programs/modes.ts";

/** The mode that a command's options ask for. */
export function modeFrom(flags: ReadonlySet<string>): Mode {
  return { loopback: flags.has("loopback"), lock: flags.has("lock") };
}
