/** Takes over what an earlier version of denovrf left on a machine. */

import { holdPins } from "../binding/hold_pins.ts";
import { pinnedIfnames } from "../binding/pins.ts";
import { writeDropIns } from "./bind.ts";
import { allBoundUnits, dropInPath } from "./bound_units.ts";
import { parseEarlierDropIn } from "./earlier_drop_in.ts";
import { enable, linkedInstancesIn, relink } from "./enablement.ts";
import { instanceFor } from "./escaped_instance.ts";
import { ETC, UNIT_FOLDERS } from "./unit_folder.ts";
import { EARLIER_UNITS } from "../install/units.ts";
import { readIfThere } from "../os/files.ts";
import { enablementOf, systemctl } from "../systemd/systemctl.ts";
import { parseUnitName } from "../systemd/unit_name.ts";

/** denovrf-all.service started every VRF, at boot. */
const ALL = "denovrf-all.service";

/**
 * Rewrites the drop-ins that name units which exist no more: their units would
 * not start.
 *
 * @returns The paths.
 */
export function rewriteEarlierDropIns(): string[] {
  return allBoundUnits().flatMap((bound) => {
    const { unit, folder } = bound;
    const text = readIfThere(dropInPath(folder, unit)) ?? "";
    if (parseEarlierDropIn(text) === undefined) return [];
    return writeDropIns(folder, parseUnitName(unit), bound);
  });
}

/**
 * Enables the instances of what denovrf-all.service has started, in its place.
 *
 * @returns The instances; none if it was not enabled.
 */
export function replaceEarlierAll(): string[] {
  if (enablementOf(ALL) !== "enabled") return [];
  const instances = startedIfnames().map(instanceFor);
  for (const instance of instances) enable(ETC, instance);
  systemctl("disable", "--quiet", "--no-reload", "--", ALL);
  return instances;
}

function startedIfnames(): string[] {
  using _held = holdPins();
  return pinnedIfnames();
}

/**
 * Has the links by which instances are enabled lead to the unit where it is
 * now. What systemd has loaded stays as it is.
 */
export function relinkInstances(): void {
  for (const folder of UNIT_FOLDERS) {
    for (const instance of linkedInstancesIn(folder)) relink(folder, instance);
  }
}

/** Stops what runs of earlier units, whose files are removed. */
export function stopEarlierUnits(): void {
  const patterns = EARLIER_UNITS.map((unit) => unit.replace("@", "@*"));
  systemctl("stop", "--", ...patterns);
}
