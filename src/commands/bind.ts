/** Binds a unit to a VRF. */

import {
  bindUnit,
  type Outcome,
  type WantedBinding,
} from "../bound_units/bind.ts";
import { socketsOf } from "../bound_units/sockets.ts";
import { assertSpecifier } from "../bound_units/specifier.ts";
import { ETC, RUN } from "../bound_units/unit_folder.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { noteUnlessVrf } from "./shared/note_unless_vrf.ts";
import { orShowJournal } from "./shared/or_show_journal.ts";
import {
  groupOf,
  howToRestartGroup,
  restartGroup,
} from "./shared/restart_group.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { findNetdev } from "../iproute2/netdev.ts";
import { note } from "../messages/note.ts";
import { print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";
import { shellWord } from "../messages/shell_word.ts";
import { assertRestartable } from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

/** `denovrf bind` */
export function run({ operands, flags, values }: Arguments): number {
  const [text = "", ifname = ""] = operands;
  const named = parseUnitName(text);
  if (flags.has("now")) assertRestartable(named);
  if (ifname.startsWith("%")) assertSpecifier(ifname, named.name);
  else if (flags.has("force")) assertIfname(ifname);
  else noteUnlessVrf(findNetdev(ifname));
  const wanted = {
    ifname,
    mode: modeFrom(flags),
    follow: flags.has("follow"),
    resolvConf: values.get("resolv-conf"),
    folder: flags.has("runtime") ? RUN : ETC,
    withoutSockets: flags.has("without-sockets"),
    isForced: flags.has("force"),
  };
  const { unit, before } = bindAndPrint(named, wanted);
  const sockets = wanted.withoutSockets
    ? []
    : bindSockets(unit, wanted, before);
  const group = groupOf(unit, sockets);
  if (flags.has("now")) orShowJournal(unit, () => restartGroup(group));
  else print(`Left to do: ${howToRestartGroup(group)}`);
  return 0;
}

function bindAndPrint(named: UnitName, wanted: WantedBinding): Outcome {
  const outcome = bindUnit(named, wanted);
  const { unit, paths, found, before } = outcome;
  if (before !== undefined && before !== wanted.ifname) {
    note(`${quote(unit.name)} was bound to ${quote(before)}`);
  }
  for (const { message, remedy } of found) note(message, remedy);
  for (const path of paths) print(path);
  return outcome;
}

/**
 * Binds the socket units that hand a service its sockets, and says which it
 * leaves alone.
 *
 * @param before The VRF that the service was bound to before.
 * @returns Those that are in the VRF now.
 */
function bindSockets(
  service: UnitName,
  wanted: WantedBinding,
  before: string | undefined,
): UnitName[] {
  return socketsOf(service).flatMap(({ unit, ifname, isShared }) => {
    const name = quote(unit.name);
    const bind = `denovrf bind ${shellWord(unit.name)} ${
      shellWord(wanted.ifname)
    }`;
    const comesAlong = ifname === wanted.ifname ||
      (!isShared && ifname === before);
    if (ifname !== undefined && !comesAlong) {
      note(
        `${name} is bound to ${quote(ifname)}, and stays there`,
        `To move it: ${bind}`,
      );
      return [];
    }
    if (isShared && ifname === undefined) {
      note(
        `${name} opens sockets for other services too, and is not bound`,
        `To bind it: ${bind}`,
      );
      return [];
    }
    if (ifname === undefined) {
      note(
        `${name} opens the sockets of ${quote(service.name)}, and is bound too`,
      );
    }
    return [bindAndPrint(unit, { ...wanted, resolvConf: undefined }).unit];
  });
}
