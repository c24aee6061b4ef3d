/** The pins in bpffs: which exist, and how they are replaced and removed. */

import { holdPins } from "./hold_pins.ts";
import { pinFolder, pinPath, PINS } from "./pin_path.ts";
import { pin } from "../bpf/libbpf.ts";
import {
  exists,
  makeDirectories,
  readDirectory,
  removeFolderIfEmpty,
  removeIfThere,
  rename,
} from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { folderOf } from "../os/path.ts";

/**
 * The end of the name of a pin that is not in its place yet. bpffs allows no
 * dot in a name (bpf_lookup() in kernel/bpf/inode.c), and names of interfaces
 * contain no colon.
 */
const UNFINISHED = ":new";

/** Whether an interface has a folder for pins. */
export function hasPins(ifname: string): boolean {
  return exists(pinFolder(ifname));
}

/** The interfaces that have a folder for pins, sorted. */
export function pinnedIfnames(): string[] {
  if (!exists(PINS)) return [];
  return readDirectory(PINS)
    .filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name.replaceAll(":", ".")).sort();
}

/**
 * The names of an interface's pins, including those that interrupted calls of
 * replacePin() left.
 */
export function pinNames(ifname: string): string[] {
  return hasPins(ifname) ? pinsBelow(pinFolder(ifname)) : [];
}

function pinsBelow(folder: string): string[] {
  return readDirectory(folder).flatMap(({ name, isDirectory }) =>
    isDirectory && !name.endsWith(UNFINISHED)
      ? pinsBelow(`${folder}/${name}`).map((inner) => `${name}/${inner}`)
      : [name]
  );
}

/** The paths of pins that interrupted calls of replacePin() left. */
export function unfinishedPins(): string[] {
  using _held = holdPins();
  return pinnedIfnames().flatMap(unfinishedPinsOf);
}

function unfinishedPinsOf(ifname: string): string[] {
  return pinNames(ifname).filter((name) => name.endsWith(UNFINISHED))
    .map((name) => pinPath(ifname, name));
}

/** Creates the folder of a pin of an interface, with missing parents. */
export function makePinFolder(ifname: string, pinName: string): void {
  makeDirectories(folderOf(pinPath(ifname, pinName)));
}

/** Pins an object in one step, replacing what is pinned at `path`. */
export function replacePin(object: Fd, path: string): void {
  const unfinished = `${path}${UNFINISHED}`;
  pin(object, unfinished);
  rename(unfinished, path);
}

/**
 * Removes those pins of an interface that exist, what interrupted calls of
 * replacePin() left of them, and the folders that are empty then.
 */
export function removePins(ifname: string, names: readonly string[]): void {
  const doomed = names.flatMap((name) => [name, `${name}${UNFINISHED}`]);
  for (const name of pinNames(ifname)) {
    if (doomed.includes(name)) removeIfThere(pinPath(ifname, name));
  }
  const folders = names.map((name) => folderOf(pinPath(ifname, name)));
  const innermostFirst = [...new Set([pinFolder(ifname), ...folders])]
    .sort().reverse();
  for (const folder of innermostFirst) removeFolderIfEmpty(folder);
}

/**
 * Removes what interrupted calls of replacePin() left of an interface's pins.
 */
export function removeUnfinishedPins(ifname: string): void {
  for (const path of unfinishedPinsOf(ifname)) removeIfThere(path);
}
