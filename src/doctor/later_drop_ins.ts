/** A check of the drop-ins that come after those of bind. */

import { type BoundUnit, dropInPath } from "../bound_units/bound_units.ts";
import { type Problem, problem } from "./check.ts";
import { quote } from "../messages/quote.ts";
import { readTextIfExists } from "../os/files.ts";
import type { ShowUnit } from "../systemd/systemctl.ts";
import { exampleOf, type UnitName, unitNames } from "../systemd/unit_name.ts";
import { pinsIn } from "../bound_units/settings.ts";

/** Says which line of a later drop-in takes a unit's binding out, if one does. */
export function lookAtLaterDropIns(
  { unit, directory, ifname }: BoundUnit,
  unitName: UnitName,
  show: ShowUnit,
): Problem[] {
  // systemd has nothing to show of what stands for other units.
  if (unitName.isPrefix) return [];
  const property = show(exampleOf(unitName), ["DropInPaths"])
    .get("DropInPaths");
  const paths = unitNames(property ?? "");
  const own = paths.indexOf(dropInPath(directory, unit));
  if (own < 0) return [];
  const place = whereTakenOut(
    paths.slice(own + 1).map((path) => ({
      path,
      text: readTextIfExists(path) ?? "",
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

/** An empty value empties the list; see systemd.syntax(7). */
const EMPTIES = /^\s*BPFProgram\s*=\s*$/;

/**
 * Where the programs that a drop-in attaches are taken out again; `undefined`
 * if they are not.
 *
 * @param later The drop-ins after that one, in the order in which systemd reads
 * them.
 */
export function whereTakenOut(
  later: readonly { path: string; text: string }[],
): { path: string; line: number } | undefined {
  let place: { path: string; line: number } | undefined;
  for (const { path, text } of later) {
    for (const [at, line] of text.split("\n").entries()) {
      if (EMPTIES.test(line)) place = { path, line: at + 1 };
      else if (isOurs(line)) place = undefined;
    }
  }
  return place;
}

/** Whether a line attaches a program of denovrf's, as somebody may have copied it. */
function isOurs(line: string): boolean {
  const value = /^\s*BPFProgram\s*=\s*(.*)$/.exec(line)?.[1];
  return value !== undefined && pinsIn([value]).length > 0;
}
