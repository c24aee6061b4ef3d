/** Binds a unit to a VRF. */

import { bindUnits, type Plan, planBinding } from "../bound_units/bind.ts";
import { assertSpecifier } from "../bound_units/specifier.ts";
import { ETC, RUN } from "../bound_units/bound_units.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { noteOnRoutes, noteUnlessVrf } from "./shared/note_on_vrf.ts";
import { noteOn, placeSockets } from "../bound_units/sockets.ts";
import {
  groupOf,
  restartGroup,
  tellHowToRestart,
} from "../bound_units/restart.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { findNetdev, type Netdev, queryRoutes } from "../iproute2/netdev.ts";
import { UserError } from "../messages/errors.ts";
import { note, print, tell, withProgress } from "../messages/print.ts";
import { printable, quote, shellWord } from "../messages/quote.ts";
import type { Mode } from "../programs/modes.ts";
import { journalSince, now } from "../systemd/journal.ts";
import { assertRestartable, isActiveOrFailed } from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

/** How much of a unit's journal is shown after a restart that failed. */
const JOURNAL_LINES = 10;

/** What daemons print of EADDRNOTAVAIL: their address is not in the VRF. */
const CANNOT_LISTEN = /cannot assign requested address|EADDRNOTAVAIL/i;

/** `denovrf bind` */
export function run({ operands, flags, values }: Arguments): number {
  const [text = "", ifname = ""] = operands;
  const named = parseUnitName(text);
  const mode = modeFrom(flags);
  if (flags.has("now")) assertRestartable(named);
  if (ifname.startsWith("%")) assertSpecifier(ifname, named.name);
  else if (flags.has("force")) assertIfname(ifname);
  else noteOnVrf(findNetdev(ifname), mode);
  const wanted = {
    ifname,
    mode,
    follow: flags.has("follow"),
    resolvConf: values.get("resolv-conf"),
    directory: flags.has("runtime") ? RUN : ETC,
    withoutSockets: flags.has("without-sockets"),
    boundWith: undefined,
    isForced: flags.has("force"),
  };
  const plan = planBinding(named, wanted);
  const sockets = wanted.withoutSockets ? [] : placeSockets(plan.unit, wanted);
  const plans = [plan, ...sockets.flatMap(({ plan }) => plan ?? [])];
  const paths = bindUnits(plans);
  for (const [at, each] of plans.entries()) {
    sayWhatIsBound(each, paths[at] ?? []);
  }
  for (const socket of sockets) noteOn(socket);
  const group = groupOf(
    plan.unit,
    sockets.filter(({ isInVrf }) => isInVrf).map(({ unit }) => unit),
    // One that has failed may have wanted an address of the VRF.
    (socket) => socket.name === plan.unit.name || isActiveOrFailed(socket),
  );
  if (flags.has("now")) {
    orShowJournal(
      plan.unit,
      () =>
        withProgress(`Restarting ${plan.unit.name}`, () => restartGroup(group)),
    );
  } else tellHowToRestart(group);
  return 0;
}

function noteOnVrf(netdev: Netdev, mode: Mode): void {
  noteUnlessVrf(netdev);
  noteOnRoutes(netdev.ifname, queryRoutes(netdev), mode);
}

function sayWhatIsBound(
  { unit, before, found, dropIn: { ifname } }: Plan,
  paths: readonly string[],
): void {
  if (before !== undefined && before.ifname !== ifname) {
    note(`${quote(unit.name)} was bound to ${quote(before.ifname)}`);
  }
  for (const { message, remedy } of found) note(message, remedy);
  for (const path of paths) print(path);
}

/**
 * Restarts a unit; if it fails, shows what its journal says about that.
 *
 * @throws {UserError} With the way back as its remedy.
 */
function orShowJournal(unit: UnitName, restartIt: () => void): void {
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
