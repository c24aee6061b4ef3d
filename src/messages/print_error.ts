/** Prints errors. */

import { UserError } from "./errors.ts";
import { tell } from "./print.ts";
import { printable } from "./printable.ts";
import { isVerbose } from "./verbose.ts";

/**
 * Prints an error so that it can be read at night: one line, and the remedy on
 * a line of its own. Only a bug of ours comes with a stack trace.
 */
export function printError(error: unknown): void {
  if (!(error instanceof UserError)) {
    tell("denovrf: Internal error; please report this bug:");
    tell(Deno.inspect(error));
    return;
  }
  tell(`denovrf: ${printable(error.message)}`);
  if (error.remedy !== undefined) tell(printable(error.remedy));
  if (error.detail === undefined) return;
  if (isVerbose()) tell(error.detail.trimEnd());
}
