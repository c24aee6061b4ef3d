/** The pins in bpffs: which exist, and how they are replaced and removed. */

import { BPFFS, pinFolder, pinPath, PINS } from "./pin_path.ts";
import { pin } from "../bpf/libbpf.ts";
import { UserError } from "../messages/errors.ts";
import {
  exists,
  fileSystemMagic,
  flock,
  makeDirectories,
  readDirectory,
  removeFolderIfEmpty,
  removeIfThere,
  rename,
  statusOf,
} from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { folderOf } from "../os/path.ts";

/** `BPF_FS_MAGIC` of linux/magic.h */
const BPF_FS_MAGIC = 0xcafe4a11;

/**
 * The end of the name of a pin that is not in its place yet. bpffs allows no
 * dot in a name (bpf_lookup() in kernel/bpf/inode.c), and names of interfaces
 * contain no colon.
 */
const UNFINISHED = ":new";

/** Refuses a machine on which no bpffs is mounted. @throws {UserError} */
export function assertBpffs(): void {
  if (fileSystemMagic(BPFFS) === BPF_FS_MAGIC) return;
  throw new UserError(
    `Cannot use "${BPFFS}": no bpffs is mounted there`,
    { remedy: `Mount it: mount -t bpf bpf ${BPFFS} -o mode=0700` },
  );
}

/**
 * Refuses a folder for pins that another user owns, who could rename the pins
 * of VRFs. If bpffs was mounted by hand, anyone may have created it.
 */
function assertOurs(): void {
  const status = statusOf(PINS);
  if (status === undefined || status.owner === 0) return;
  throw new UserError(
    `Cannot use "${PINS}": it belongs to the user ${status.owner}`,
    { remedy: `See what it is, and remove it: rm -r ${PINS}` },
  );
}

/**
 * Keeps other denovrf processes from changing pins until the returned
 * descriptor is closed.
 *
 * @throws {UserError} If no bpffs is mounted.
 */
export function holdPins(): Fd {
  assertBpffs();
  using stack = new DisposableStack();
  const held = stack.use(flock(BPFFS));
  assertOurs();
  stack.move();
  return held;
}

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
  const innermostFirst = [...new Set([PINS, pinFolder(ifname), ...folders])]
    .sort().reverse();
  for (const folder of innermostFirst) removeFolderIfEmpty(folder);
}

/**
 * Removes what interrupted calls of replacePin() left of an interface's pins.
 */
export function removeUnfinishedPins(ifname: string): void {
  for (const path of unfinishedPinsOf(ifname)) removeIfThere(path);
}
