/** Cgroups that were attached to for a start that did not happen. */

import {
  type CgroupNode,
  countProcesses,
  readCgroupTree,
} from "../cgroup/tree.ts";
import { removeFolderIfEmpty } from "../os/files.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";
import { namesOfDropIns, type UnitName } from "../systemd/unit_name.ts";

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
  removeFolderIfEmpty(path);
}
