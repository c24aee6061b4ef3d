/** The pins in bpffs: which exist, and how they are replaced and removed. */

import { BPFFS, pinFolder, pinPath, PINS } from "./pin_path.ts";
import { pin } from "../bpf/libbpf.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import {
  exists,
  fileSystemMagic,
  flock,
  makeDirectories,
  makeFolder,
  openFolder,
  readDirectory,
  removeFolderIfEmpty,
  removeIfThere,
  rename,
  type Status,
  statusOf,
  statusOfOpen,
} from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { folderOf } from "../os/path.ts";

/** `BPF_FS_MAGIC` of linux/magic.h */
const BPF_FS_MAGIC = 0xcafe4a11;

const MOUNT = `mount -t bpf bpf ${BPFFS} -o mode=0700`;

// Permission bits of uapi/linux/stat.h. The kernel sets the sticky bit on the
// root of every bpffs (bpf_fill_super() in kernel/bpf/inode.c).
const STICKY = 0o1000;

const WRITE_OF_OTHERS = 0o022;

const ALL_OF_OTHERS = 0o077;

/**
 * The end of the name of a pin that is not in its place yet. bpffs allows no
 * dot in a name (bpf_lookup() in kernel/bpf/inode.c), and names of interfaces
 * contain no colon.
 */
const UNFINISHED = ":new";

/**
 * Refuses a machine on which no bpffs is mounted, or one in which others can
 * replace what is root's: systemd opens pins by their paths.
 *
 * @throws {UserError}
 */
export function assertBpffs(): void {
  const status = statusOf(BPFFS);
  if (status === undefined || fileSystemMagic(BPFFS) !== BPF_FS_MAGIC) {
    throw new UserError(
      `Cannot use "${BPFFS}": no bpffs is mounted there`,
      { remedy: `Mount it: ${MOUNT}` },
    );
  }
  assertRoots(BPFFS, status, `Mount another one: ${MOUNT}`);
  if (!isOpenToOthers(status) || (status.mode & STICKY) !== 0) return;
  throw new UserError(
    `Cannot use "${BPFFS}": others than root may rename what is in it`,
    { remedy: `Let only root in: chmod 0700 ${BPFFS}` },
  );
}

/** Whether others than root may make something beside the folder of all pins. */
export function isBpffsOpenToOthers(): boolean {
  const status = statusOf(BPFFS);
  return status !== undefined && isOpenToOthers(status);
}

function isOpenToOthers({ mode }: Status): boolean {
  return (mode & WRITE_OF_OTHERS) !== 0;
}

function assertRoots(path: string, { owner }: Status, remedy: string): void {
  if (owner === 0) return;
  throw new UserError(
    `Cannot use ${quote(path)}: it belongs to the user ${owner}`,
    { remedy },
  );
}

/**
 * Keeps other denovrf processes from changing pins until the returned object is
 * disposed of; an empty folder of pins is removed then. What is locked is that
 * folder, for nobody else can open it: whoever may read a folder can lock it.
 *
 * @returns `undefined` if there is no folder, and so no binding.
 * @throws {UserError} If no bpffs is mounted, or the folder is not root's alone.
 */
export function holdPins(): Disposable | undefined {
  assertBpffs();
  while (true) {
    using stack = new DisposableStack();
    const folder = openFolder(PINS);
    if (folder === undefined) return undefined;
    stack.use(folder);
    // Once it is root's, it stays at its path: in a sticky folder only its
    // owner could rename it.
    assertOurs(statusOfOpen(folder, PINS));
    flock(folder, PINS);
    // Whoever had it until now may have removed it.
    if (statusOfOpen(folder, PINS).isRemoved) continue;
    stack.defer(removePinsIfEmpty);
    return stack.move();
  }
}

/** Like holdPins(), and creates the folder of all pins. */
export function makeAndHoldPins(): Disposable {
  assertBpffs();
  while (true) {
    makeFolder(PINS, 0o700);
    const held = holdPins();
    if (held !== undefined) return held;
  }
}

/**
 * Refuses a folder for pins that is not root's alone: others could rename the
 * pins of VRFs. Who may write to a bpffs can create it before us.
 */
function assertOurs(status: Status): void {
  assertRoots(PINS, status, `See what it is, and remove it: rm -r ${PINS}`);
  if ((status.mode & ALL_OF_OTHERS) === 0) return;
  throw new UserError(
    `Cannot use "${PINS}": others than root may look into it`,
    { remedy: `See what is in it, and let only root in: chmod 0700 ${PINS}` },
  );
}

/** An error says why the folder stays, and would hide why it is empty. */
function removePinsIfEmpty(): void {
  try {
    removeFolderIfEmpty(PINS);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
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
