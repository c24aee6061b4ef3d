/** Attaches the programs of a bound unit to its cgroup. */

import { attachTo } from "../kernel/attachment.ts";
import { startUnlessBound } from "../kernel/binding.ts";
import { parseSettings } from "../bound_units/settings.ts";
import { comeWithVrf } from "../bound_units/waiting.ts";
import { cgroupPath, makeCgroup } from "../cgroup/cgroup.ts";
import type { Arguments } from "../cli/command.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import type { Mode } from "../programs/modes.ts";
import { showUnit } from "../systemd/systemctl.ts";
import { cgroupOfUnit } from "../systemd/unit_cgroup.ts";

/** `denovrf attach` */
export function run({ operands }: Arguments): number {
  const [text = ""] = operands;
  const properties = showUnit(text, [
    "Id",
    "ControlGroup",
    "Slice",
    "BPFProgram",
  ]);
  const unit = properties.get("Id") ?? text;
  const { ifname, mode } = bindingOf(unit, properties.get("BPFProgram") ?? "");

  // A unit that starts no process before it needs its cgroup does not have one
  // yet; systemd takes the one that it finds.
  const cgroup = properties.get("ControlGroup") ||
    cgroupOfUnit(unit, properties.get("Slice") ?? "");
  const path = cgroupPath(cgroup);
  makeCgroup(path);
  comeWithVrf(unit, ifname);
  // A slice waits for both denovrf@ and this, and neither for the other.
  startUnlessBound(ifname);
  attachTo(ifname, path, mode);
  return 0;
}

/** To what systemd is told to bind a unit, and how. */
function bindingOf(
  unit: string,
  settings: string,
): { ifname: string; mode: Mode } {
  const binding = parseSettings(settings.split(" "));
  if (binding !== undefined) return binding;
  throw new UserError(
    `Cannot attach to ${quote(unit)}: it is not bound to a VRF`,
  );
}
