/** Binds a unit to a VRF. */

import { bindUnit } from "../bound_units/bind.ts";
import { assertSpecifier } from "../bound_units/specifier.ts";
import { ETC, RUN } from "../bound_units/unit_folder.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { noteUnlessVrf } from "./shared/note_unless_vrf.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { findNetdev } from "../iproute2/netdev.ts";
import { note } from "../messages/note.ts";
import { print } from "../messages/print.ts";
import { assertRestartable, howToRestart, restart } from "../systemd/unit.ts";
import { parseUnitName } from "../systemd/unit_name.ts";

/** `denovrf bind` */
export function run({ operands, flags, values }: Arguments): number {
  const [text = "", ifname = ""] = operands;
  const named = parseUnitName(text);
  if (flags.has("now")) assertRestartable(named);
  if (ifname.startsWith("%")) assertSpecifier(ifname, named.name);
  else if (flags.has("force")) assertIfname(ifname);
  else noteUnlessVrf(findNetdev(ifname));
  const { unit, paths, found } = bindUnit(named, {
    ifname,
    mode: modeFrom(flags),
    follow: flags.has("follow"),
    resolvConf: values.get("resolv-conf"),
    folder: flags.has("runtime") ? RUN : ETC,
    isForced: flags.has("force"),
  });
  for (const { message, remedy } of found) note(message, remedy);
  for (const path of paths) print(path);
  if (flags.has("now")) restart(unit);
  else print(`Left to do: ${howToRestart(unit)}`);
  return 0;
}
