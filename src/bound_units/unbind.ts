/** Undoes bind. */

import {
  boundUnitsIn,
  dropInPath,
  linkedUnitsIn,
  readDropIn,
  UNIT_DIRECTORIES,
  type UnitDirectory,
} from "./bound_units.ts";
import { DROP_IN_NAME, type DropIn, LOCK_DROP_IN_NAME } from "./drop_in.ts";
import { disable, removeLink, unlinkUnit } from "./enablement.ts";
import { instanceFor } from "./instance.ts";
import { forgetInstances } from "./waiting.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import {
  directoryOf,
  exists,
  removeDirectoryIfEmpty,
  removeIfExists,
  unfinishedOf,
} from "../os/files.ts";
import { systemctl } from "../systemd/systemctl.ts";
import { namesOfDropIns, type UnitName } from "../systemd/unit_name.ts";
import {
  type CgroupNode,
  countProcesses,
  readCgroupTree,
} from "../cgroup/tree.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";

/**
 * Removes what bind has written. If somebody has removed the drop-in, that is
 * the links; the instance stays enabled, because it is no longer known who
 * enabled it.
 *
 * @param units The unit, by an alias and by what that stands for, and its
 * socket units.
 * @returns The paths of what was taken out; none if the unit was not bound.
 * @throws {UserError} If the drop-in is not one of bind's.
 */
export function unbindUnit(...units: readonly UnitName[]): string[] {
  const names = new Set(units.map(({ name }) => name));
  const removed = UNIT_DIRECTORIES.flatMap((directory) =>
    [...names].flatMap((name) => removeDropIn(directory, name))
  );
  names.forEach(forgetInstances);
  // Also if nothing was removed, for an interrupted unbind may have done it.
  systemctl("daemon-reload");
  return removed;
}

function removeDropIn(directory: UnitDirectory, unit: string): string[] {
  const paths = [LOCK_DROP_IN_NAME, DROP_IN_NAME]
    .map((name) => dropInPath(directory, unit, name));
  const dropIn = readDropIn(directory, unit);
  if (dropIn !== undefined) forget(directory, unit, dropIn);
  else assertNotThere(unit, dropInPath(directory, unit));
  const links = linkedUnitsIn(directory).filter((linked) =>
    linked.unit === unit
  );
  for (const { path } of links) removeLink(path);
  // The first drop-in goes last: it says what else there is to take out.
  const removed = [
    ...links.map(({ path }) => path),
    ...paths.filter(removeIfExists),
  ];
  for (const each of paths) removeIfExists(unfinishedOf(each));
  removeDirectoryIfEmpty(directoryOf(dropInPath(directory, unit)));
  return removed;
}

/** Refuses a file that is in the place of a drop-in of bind's. */
function assertNotThere(unit: string, path: string): void {
  if (!exists(path)) return;
  throw new UserError(
    `Cannot unbind ${quote(unit)}: ${
      quote(path)
    } differs from what denovrf bind writes`,
    { remedy: `Inspect it, then remove it: rm ${shellWord(path)}` },
  );
}

/** Takes a unit out of what an instance brings back, and disables that for the last. */
export function forget(
  directory: UnitDirectory,
  unit: string,
  { ifname, enabledInstance }: DropIn,
): void {
  const instance = instanceFor(ifname);
  unlinkUnit(directory, instance, unit);
  const isLast = !boundUnitsIn(directory)
    .some((bound) => bound.ifname === ifname && bound.unit !== unit);
  if (isLast && enabledInstance) disable(directory, instance);
}

/**
 * Removes cgroups of a unit, or of a template's instances, that no process is
 * in: denovrf-attach@ makes them before systemd does, and a later start, of a
 * unit that is not bound any more, would be bound.
 */
export function removeUnusedCgroups({ name, section }: UnitName): void {
  // A slice that is in use can be empty.
  if (section !== "Slice") removeUnused(readCgroupTree(), name);
}

function removeUnused(node: CgroupNode, unit: string): void {
  const names = namesOfDropIns(unitOfCgroup(node.cgroup) ?? "");
  if (!names.includes(unit)) {
    for (const child of node.children) removeUnused(child, unit);
  } else if (countProcesses(node) === 0) {
    removeTree(node);
  }
}

function removeTree({ path, children }: CgroupNode): void {
  children.forEach(removeTree);
  removeDirectoryIfEmpty(path);
}
