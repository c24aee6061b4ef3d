/** Looks at a unit that is bound, or is to be. */

import { type Finding, findings, PROPERTIES } from "./findings.ts";
import { vrfOfUnit } from "./specifier.ts";
import { showUnit } from "../systemd/systemctl.ts";
import type { UnitName } from "../systemd/unit_name.ts";

/** An instance that stands for all of a template. */
const EXAMPLE = "denovrf";

/**
 * What a unit has that does not go with a binding.
 *
 * @param vrf The interface, or a specifier that names it.
 * @param before The VRF to which the unit is bound already.
 */
export function lookAtUnit(
  { name, isTemplate, isPrefix }: UnitName,
  vrf: string,
  before?: string,
): Finding[] {
  // systemd has nothing to show of what stands for other units.
  if (isPrefix) return [];
  const unit = isTemplate ? name.replace("@.", `@${EXAMPLE}.`) : name;
  const ifname = vrfOfUnit(unit, vrf);
  if (ifname === undefined) return [];
  return findings(name, showUnit(unit, ...PROPERTIES), ifname, before);
}
