/** Looks at a unit that is bound, or is to be. */

import { type Finding, findings, PROPERTIES } from "./findings.ts";
import { vrfOfUnit } from "./specifier.ts";
import { showUnit } from "../systemd/systemctl.ts";
import { exampleOf, type UnitName } from "../systemd/unit_name.ts";

/**
 * What a unit has that does not go with a binding.
 *
 * @param vrf The interface, or a specifier that names it.
 * @param before The VRF to which the unit is bound already.
 */
export function lookAtUnit(
  unitName: UnitName,
  vrf: string,
  before?: string,
): Finding[] {
  // systemd has nothing to show of what stands for other units.
  if (unitName.isPrefix) return [];
  const unit = exampleOf(unitName);
  const ifname = vrfOfUnit(unit, vrf);
  if (ifname === undefined) return [];
  return findings(unitName.name, showUnit(unit, ...PROPERTIES), ifname, before);
}
