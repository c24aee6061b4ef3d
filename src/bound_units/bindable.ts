/** Which units can be bound, and come with their VRF. */

import { nameInInstance } from "./instance.ts";
import { UNITS, unitsAreInstalled } from "../install/units.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { type ShowUnit, showUnit } from "../systemd/systemctl.ts";
import { loadStateOf } from "../systemd/unit.ts";
import {
  namesOfDropIns,
  templateOf,
  type UnitName,
  unitNames,
} from "../systemd/unit_name.ts";

/**
 * Names of drop-ins that would reach denovrf's own units, which cannot wait for
 * themselves: theirs, and those of the slices that they are in.
 */
const OURS = [
  "-.slice",
  "system.slice",
  "system-denovrf.slice",
  ...UNITS.map((template) => template.replace("@", "@x")),
].flatMap(namesOfDropIns);

/**
 * Whether a unit is to be started whenever its VRF comes: not one that only a
 * timer, a socket or a path starts, nor a mount or a swap that nobody wants.
 */
export function comesWithVrf(
  unit: UnitName,
  show: ShowUnit = showUnit,
): boolean {
  // A template has no process; its instances come back on their own terms.
  if (unit.isTemplate || unit.isPrefix) return false;
  const properties = show(unit.name, [
    "UnitFileState",
    "TriggeredBy",
    "WantedBy",
    "RequiredBy",
  ]);
  const listed = (property: string) =>
    unitNames(properties.get(property) ?? "");
  const isWanted = properties.get("UnitFileState")?.startsWith("enabled") ||
    [...listed("WantedBy"), ...listed("RequiredBy")]
      .some((name) => nameInInstance(name) === undefined);
  if (isWanted) return true;
  return listed("TriggeredBy").length === 0 &&
    unit.section !== "Mount" && unit.section !== "Swap";
}

/**
 * Refuses units that cannot be bound.
 *
 * @throws {UserError} If a unit does not exist, is masked, or has denovrf@
 * inside, or if denovrf's units are not installed.
 */
export function assertBindable(unit: UnitName): void {
  const attempt = `Cannot bind ${quote(unit.name)}`;
  if ([unit.name, templateOf(unit.name)].some((name) => OURS.includes(name))) {
    throw new UserError(
      `${attempt}: it is, or contains, denovrf's own units`,
    );
  }
  const state = loadStateOf(unit);
  if (state === "masked") {
    throw new UserError(`${attempt}: it is masked`, {
      remedy: `Unmask it first: systemctl unmask ${shellWord(unit.name)}`,
    });
  }
  if (state !== "loaded") {
    throw new UserError(`${attempt}: there is no such unit (${state})`);
  }
  if (!unitsAreInstalled()) {
    throw new UserError(`${attempt}: denovrf's units are not installed`, {
      remedy: "Install them first: denovrf install",
    });
  }
}
