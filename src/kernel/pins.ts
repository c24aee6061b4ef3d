/** The pins in bpffs: which exist, and how they are replaced and removed. */

import { pin } from "../bpf/libbpf.ts";
import {
  directoryOf,
  exists,
  makeDirectories,
  readDirectory,
  removeDirectoryIfEmpty,
  removeIfExists,
  rename,
} from "../os/files.ts";
import type { Fd } from "../os/libc.ts";

/** The mount point of bpffs, which systemd mounts there. */
export const BPFFS = "/sys/fs/bpf";

/** The directory of all pins. */
export const PINS = `${BPFFS}/denovrf`;

/**
 * The directory of an interface's pins. A dot in the name, as VLANs have it
 * (`eth0.100`), becomes a colon, for bpffs allows no dots.
 */
export function pinDirectory(ifname: string): string {
  return `${PINS}/${ifname.replaceAll(".", ":")}`;
}

/** The path of one of an interface's pins. */
export function pinPath(ifname: string, pinName: string): string {
  return `${pinDirectory(ifname)}/${pinName}`;
}

/** The interface and the name of a pin; `undefined` if the path is none. */
export function parsePinPath(
  path: string,
): { ifname: string; pinName: string } | undefined {
  const [directory, ...names] = path.startsWith(`${PINS}/`)
    ? path.slice(PINS.length + 1).split("/")
    : [];
  if (!directory || names.length < 1 || names.length > 2) return undefined;
  return { ifname: directory.replaceAll(":", "."), pinName: names.join("/") };
}

/**
 * The end of the name of a pin that is not in its place yet. bpffs allows no
 * dot in a name (bpf_lookup() in kernel/bpf/inode.c), and names of interfaces
 * contain no colon.
 */
const UNFINISHED = ":new";

/** Whether an interface has a directory for pins. */
export function hasPins(ifname: string): boolean {
  return exists(pinDirectory(ifname));
}

/** The interfaces that have a directory for pins, sorted. */
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
  return hasPins(ifname) ? pinsBelow(pinDirectory(ifname)) : [];
}

function pinsBelow(directory: string): string[] {
  return readDirectory(directory).flatMap(({ name, isDirectory }) =>
    isDirectory && !isUnfinished(name)
      ? pinsBelow(`${directory}/${name}`).map((inner) => `${name}/${inner}`)
      : [name]
  );
}

/** The paths of pins that interrupted calls of replacePin() left. */
export function unfinishedPins(): string[] {
  return pinnedIfnames().flatMap((ifname) =>
    pinNames(ifname).filter(isUnfinished).map((name) => pinPath(ifname, name))
  );
}

function isUnfinished(pinName: string): boolean {
  return pinName.endsWith(UNFINISHED);
}

/** Creates the directory of a pin of an interface, with missing parents. */
export function makePinDirectory(ifname: string, pinName: string): void {
  makeDirectories(directoryOf(pinPath(ifname, pinName)));
}

/** Pins an object in one step, replacing what is pinned at `path`. */
export function replacePin(object: Fd, path: string): void {
  const unfinished = `${path}${UNFINISHED}`;
  pin(object, unfinished);
  rename(unfinished, path);
}

/**
 * Removes those pins of an interface that exist, what interrupted calls of
 * replacePin() left of them, and the directories that are empty then.
 */
export function removePins(ifname: string, names: readonly string[]): void {
  const doomed = names.flatMap((name) => [name, `${name}${UNFINISHED}`]);
  for (const name of pinNames(ifname)) {
    if (doomed.includes(name)) removeIfExists(pinPath(ifname, name));
  }
  const directories = names.map((name) => directoryOf(pinPath(ifname, name)));
  const innermostFirst = [...new Set([pinDirectory(ifname), ...directories])]
    .sort().reverse();
  for (const directory of innermostFirst) removeDirectoryIfEmpty(directory);
}

/**
 * Removes what interrupted calls of replacePin() left of an interface's pins.
 *
 * @param pins The names of its pins.
 */
export function removeUnfinishedPins(
  ifname: string,
  pins: readonly string[],
): void {
  for (const name of pins.filter(isUnfinished)) {
    removeIfExists(pinPath(ifname, name));
  }
}
