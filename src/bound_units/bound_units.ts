/**
 * How a unit of systemd is put into a VRF, here: which units are bound, by
 * their drop-ins. A drop-in alone decides whether its unit is bound; the links
 * that bring a unit back with its VRF, and the enabled instances, follow from
 * the drop-ins.
 */

import { DROP_IN_NAME, type DropIn, parseDropIn } from "./drop_in.ts";
import { ifnameOfInstance, nameInInstance } from "./instance.ts";
import { namesIn, readTextIfExists } from "../os/files.ts";

/** A unit with a drop-in of ours. */
export interface BoundUnit extends DropIn {
  readonly unit: string;
  /** Where its drop-in is. */
  readonly directory: UnitDirectory;
}

/** A unit that is started with a VRF. */
export interface LinkedUnit {
  readonly unit: string;
  readonly ifname: string;
  /** The path of the link that has it come back. */
  readonly path: string;
}

/** Every unit with a drop-in of ours. */
export function allBoundUnits(): BoundUnit[] {
  return UNIT_DIRECTORIES.flatMap(boundUnitsIn);
}

/** Every unit with a drop-in of ours in a directory. */
export function boundUnitsIn(directory: UnitDirectory): BoundUnit[] {
  return namesIn(directory).filter((name) => name.endsWith(".d"))
    .flatMap((name) => {
      const unit = name.slice(0, -".d".length);
      const dropIn = readDropIn(directory, unit);
      return dropIn === undefined ? [] : [{ ...dropIn, unit, directory }];
    });
}

/**
 * Every unit that should be in a VRF: by its drop-in, or if somebody took
 * that out, by the link that brings the unit back with its VRF.
 *
 * @returns The VRFs by unit; a specifier if that names a unit's VRF.
 */
export function boundUnits(): ReadonlyMap<string, string> {
  const units = new Map<string, string>();
  for (const { unit, ifname } of allLinkedUnits()) {
    units.set(unit, ifname);
  }
  for (const { unit, ifname } of allBoundUnits()) units.set(unit, ifname);
  return units;
}

/** Every unit that is started with a VRF. */
export function allLinkedUnits(): LinkedUnit[] {
  return UNIT_DIRECTORIES.flatMap(linkedUnitsIn);
}

/** Units that come back with a VRF, by the links that bind makes in a directory. */
export function linkedUnitsIn(directory: UnitDirectory): LinkedUnit[] {
  return namesIn(directory).flatMap((name) => {
    if (!name.endsWith(".wants")) return [];
    const instance = nameInInstance(name.slice(0, -".wants".length));
    if (instance === undefined) return [];
    const ifname = ifnameOfInstance(instance);
    return namesIn(`${directory}/${name}`)
      .map((unit) => ({ unit, ifname, path: `${directory}/${name}/${unit}` }));
  });
}

/** What a unit's drop-in in a directory says; `undefined` if it has none of ours. */
export function readDropIn(
  directory: UnitDirectory,
  unit: string,
): DropIn | undefined {
  return parseDropIn(readTextIfExists(dropInPath(directory, unit)) ?? "");
}

/** The path of a unit's drop-in, by default the first, whether it exists or not. */
export function dropInPath(
  directory: UnitDirectory,
  unit: string,
  name = DROP_IN_NAME,
): string {
  return `${directory}/${unit}.d/${name}`;
}

/** A directory of unit files, by how long what is in it lasts. */
export type UnitDirectory = "/etc/systemd/system" | "/run/systemd/system";

/** For good. */
export const ETC: UnitDirectory = "/etc/systemd/system";

/** Until the next boot. */
export const RUN: UnitDirectory = "/run/systemd/system";

export const UNIT_DIRECTORIES: readonly UnitDirectory[] = [ETC, RUN];
