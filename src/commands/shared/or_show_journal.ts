/** What is shown of a unit that could not be restarted. */

import { UserError } from "../../messages/errors.ts";
import { tell } from "../../messages/print.ts";
import { printable, shellWord } from "../../messages/quote.ts";
import { journalSince, now } from "../../systemd/journal.ts";
import type { UnitName } from "../../systemd/unit_name.ts";

/** How much of a unit's journal is shown after a restart that failed. */
const JOURNAL_LINES = 10;

/** What daemons print of EADDRNOTAVAIL: their address is not in the VRF. */
const CANNOT_LISTEN = /cannot assign requested address|EADDRNOTAVAIL/i;

/**
 * Restarts a unit; if it fails, says what its journal has to say of that.
 *
 * @throws {UserError} With the way back as its remedy.
 */
export function orShowJournal(unit: UnitName, restartIt: () => void): void {
  const began = now();
  try {
    restartIt();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const lines = journalSince(unit.name, began, JOURNAL_LINES);
    for (const line of lines) tell(printable(line));
    if (lines.some((line) => CANNOT_LISTEN.test(line))) {
      tell("If it listens on 127.0.0.1 or ::1, bind it with --loopback");
    }
    throw new UserError(error.message, {
      remedy: `To go back: denovrf unbind --now ${shellWord(unit.name)}`,
      cause: error,
    });
  }
}
