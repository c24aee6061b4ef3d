/** Binds a unit to a VRF. */

import { bindUnits, type Plan, planBinding } from "../bound_units/bind.ts";
import { assertSpecifier } from "../bound_units/specifier.ts";
import { ETC, RUN } from "../bound_units/bound_units.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { noteOnRoutes, noteUnlessVrf } from "./shared/note_on_vrf.ts";
import { orShowJournal } from "./shared/or_show_journal.ts";
import { noteOn, placeSockets } from "../bound_units/sockets.ts";
import {
  groupOf,
  howToRestartGroup,
  restartGroup,
} from "../bound_units/restart.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { findNetdev, type Netdev, queryRoutes } from "../iproute2/netdev.ts";
import { note, print, withProgress } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";
import type { Mode } from "../programs/modes.ts";
import { assertRestartable, isActiveOrFailed } from "../systemd/unit.ts";
import { parseUnitName } from "../systemd/unit_name.ts";

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
  } else print(`To apply this: ${howToRestartGroup(group)}`);
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
