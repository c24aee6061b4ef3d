/** A check of the drop-ins that come after those of bind. */

import { type BoundUnit, dropInPath } from "../bound_units/bound_units.ts";
import { whereTakenOut } from "../bound_units/taken_out.ts";
import { type Complaint, problem } from "./check.ts";
import { quote } from "../messages/quote.ts";
import { readIfThere } from "../os/files.ts";
import { showUnit } from "../systemd/systemctl.ts";
import { exampleOf, type UnitName, unitNames } from "../systemd/unit_name.ts";

/** Says which line of a later drop-in takes a unit's binding out, if one does. */
export function lookAtLaterDropIns(
  { unit, folder, ifname }: BoundUnit,
  unitName: UnitName,
): Complaint[] {
  // systemd has nothing to show of what stands for other units.
  if (unitName.isPrefix) return [];
  const property = showUnit(exampleOf(unitName), "DropInPaths")
    .get("DropInPaths");
  const paths = unitNames(property ?? "");
  const own = paths.indexOf(dropInPath(folder, unit));
  if (own < 0) return [];
  const place = whereTakenOut(
    paths.slice(own + 1).map((path) => ({
      path,
      text: readIfThere(path) ?? "",
    })),
  );
  if (place === undefined) return [];
  return [problem(
    `Line ${place.line} of ${quote(place.path)} takes ${quote(unit)} out of ${
      quote(ifname)
    }: it does not start`,
    "Remove the line, and run: systemctl daemon-reload",
  )];
}
