/**
 * Files and directories. Below /proc and /sys, Deno's file API takes
 * --allow-all (seen with 2.7.11 and 2.9.6); libc does what that API does not.
 */

import { stateOf } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { showChange } from "../messages/print.ts";
import { ERRNO, SystemError, unlessErrno } from "./errno.ts";
import { cString } from "./ffi.ts";
import { checked, checkedUnless, Fd, libc, remedyFor } from "./libc.ts";

// Values of the kernel's asm-generic and uapi headers; x86_64 and aarch64
// agree on all of them but two.
const IS_ARM = Deno.build.arch === "aarch64";

const O_DIRECTORY = IS_ARM ? 0o40000 : 0o200000;

const O_NOFOLLOW = IS_ARM ? 0o100000 : 0o400000;

const O_RDONLY = 0;

const O_WRONLY = 1;

const O_CLOEXEC = 0o2000000;

const LOCK_EX = 2;

const DT_DIR = 4;

/** `sizeof(struct statfs)` on 64-bit machines is 120; `f_type` comes first. */
const STATFS_SIZE = 120;

/** Fields of `struct linux_dirent64`; see getdents64(2). */
const DIRENT = { ino: 0, reclen: 16, type: 18, name: 19 } as const;

/** One buffer for all directories, so that none has to allocate its own. */
const BUFFER = new Uint8Array(1 << 16);

/** The errnos for a path at which there is nothing. */
const NOTHING: readonly number[] = [ERRNO.ENOENT, ERRNO.ENOTDIR];

/** Runs `act`; a failure of Deno's file API in it becomes a SystemError. */
function wrapErrors<T>(attempt: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    // Deno has a `code` for some errnos only, and each number in its message.
    const errno = Number(/\(os error (\d+)\)/.exec(`${cause}`)?.[1] ?? 0);
    throw new SystemError(`Cannot ${attempt}: ${stateOf(cause)}`, errno, {
      remedy: remedyFor(errno),
      cause,
    });
  }
}

/** Whether others than the owner may write there. */
export function isOpenToOthers({ mode }: Deno.FileInfo): boolean {
  return ((mode ?? 0) & 0o022) !== 0;
}

/**
 * Whether anything exists at `path`, even a link that leads nowhere. Nothing
 * exists below a file.
 */
export function exists(path: string): boolean {
  return look(path, Deno.lstatSync) !== undefined;
}

/** What `path` leads to; `undefined` for nothing. */
export function statusOf(path: string): Deno.FileInfo | undefined {
  return look(path, Deno.statSync);
}

/** What was opened, whatever is at its path since. */
export function statusOfOpen({ number }: Fd): Deno.FileInfo {
  const path = `/proc/self/fd/${number}`;
  return wrapErrors(`look at ${quote(path)}`, () => Deno.statSync(path));
}

function look(
  path: string,
  stat: (path: string) => Deno.FileInfo,
): Deno.FileInfo | undefined {
  return unlessErrno(
    NOTHING,
    () => wrapErrors(`look at ${quote(path)}`, () => stat(path)),
  );
}

/**
 * The magic number (`f_type`, statfs(2)) of the file system at `path`;
 * `undefined` if nothing exists there.
 */
export function fileSystemMagic(path: string): number | undefined {
  const statfs = new DataView(new ArrayBuffer(STATFS_SIZE));
  const result = checkedUnless(
    [ERRNO.ENOENT],
    `look at the file system of ${quote(path)}`,
    libc.statfs(cString(path), statfs),
  );
  return result === undefined ? undefined : statfs.getUint32(0, true);
}

/** Opens a file or a directory for reading. */
export function open(path: string, attempt = `open ${quote(path)}`): Fd {
  const fd = libc.open(cString(path), O_RDONLY | O_CLOEXEC);
  return new Fd(checked(attempt, fd));
}

/** Opens a directory, and no link to one; `undefined` for nothing. */
export function openDirectory(path: string): Fd | undefined {
  const flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  const fd = checkedUnless(
    [ERRNO.ENOENT],
    `open ${quote(path)}`,
    libc.open(cString(path), flags),
  );
  return fd === undefined ? undefined : new Fd(fd);
}

/**
 * Takes an exclusive flock(2) on what is open, waiting for as long as another
 * process has it. The kernel releases it when the process ends, also if it is
 * killed.
 */
export function flock(fd: Fd, path: string): void {
  checked(`lock ${quote(path)}`, libc.flock(fd.number, LOCK_EX));
}

/** The text of a file. */
export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

/** The text of a file, `undefined` if it does not exist. */
export function readTextIfExists(path: string): string | undefined {
  return unlessErrno(NOTHING, () => readText(path));
}

/** The bytes of a file. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  return wrapErrors(`read ${quote(path)}`, () => Deno.readFileSync(path));
}

/** Opens a file for writing, as it is. */
export function openToWrite(path: string): Fd {
  const fd = libc.open(cString(path), O_WRONLY | O_CLOEXEC);
  return new Fd(checked(`open ${quote(path)}`, fd));
}

/** Writes to a file of /proc or /sys, in one write(2). */
export function writeText(path: string, text: string): void {
  wrapErrors(
    `write ${quote(text)} to ${quote(path)}`,
    () => Deno.writeTextFileSync(path, text, { create: false }),
  );
  showChange(`echo ${text} > ${path}`);
}

/** Writes a file under a temporary name and renames it into its place. */
export function writeWhole(path: string, text: string): void {
  const unfinished = unfinishedOf(path);
  wrapErrors(`write ${quote(path)}`, () => {
    Deno.mkdirSync(directoryOf(path), { recursive: true });
    Deno.writeTextFileSync(unfinished, text, { mode: 0o644 });
    Deno.renameSync(unfinished, path);
  });
  showChange(`write ${path}`);
}

/** The temporary name that writeWhole() uses; an interruption may leave it. */
export function unfinishedOf(path: string): string {
  return `${path}.denovrf-new`;
}

/** Creates a symbolic link, and the directory that it is in, if none exists. */
export function linkTo(target: string, path: string): void {
  if (exists(path)) return;
  wrapErrors(`create link ${quote(path)}`, () => {
    Deno.mkdirSync(directoryOf(path), { recursive: true });
    Deno.symlinkSync(target, path);
  });
  showChange(`ln -s ${target} ${path}`);
}

/** What a symbolic link says. */
export function readLink(path: string): string {
  return wrapErrors(`read link ${quote(path)}`, () => Deno.readLinkSync(path));
}

/** Renames, replacing what was at `to` in one step. */
export function rename(from: string, to: string): void {
  wrapErrors(
    `rename ${quote(from)} to ${quote(to)}`,
    () => Deno.renameSync(from, to),
  );
  showChange(`mv ${from} ${to}`);
}

/**
 * Removes a file; for a pin, that is what unpins it.
 *
 * @returns Whether it existed.
 */
export function removeIfExists(path: string): boolean {
  // Asked first: a read-only file system refuses to remove even nothing.
  if (!exists(path)) return false;
  wrapErrors(`remove ${quote(path)}`, () => Deno.removeSync(path));
  showChange(`rm ${path}`);
  return true;
}

/** An entry of a directory. */
interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  /** The number of its inode. */
  readonly inode: bigint;
}

/**
 * What is in a directory, without "." and "..". Deno's readDirSync() would leave
 * out entries that cannot be read (seen with 2.7.11 and 2.9.6).
 */
export function readDirectory(path: string): DirectoryEntry[] {
  const attempt = `read directory ${quote(path)}`;
  using fd = open(path, attempt);
  const view = new DataView(BUFFER.buffer);
  const decoder = new TextDecoder();
  const entries: DirectoryEntry[] = [];
  while (true) {
    const length = Number(checked(
      attempt,
      libc.getdents64(fd.number, BUFFER, BigInt(BUFFER.length)),
    ));
    if (length === 0) return entries;
    for (
      let at = 0;
      at < length;
      at += view.getUint16(at + DIRENT.reclen, true)
    ) {
      const start = at + DIRENT.name;
      const end = BUFFER.indexOf(0, start);
      const name = decoder.decode(BUFFER.subarray(start, end));
      if (name === "." || name === "..") continue;
      const isDirectory = view.getUint8(at + DIRENT.type) === DT_DIR;
      const inode = view.getBigUint64(at + DIRENT.ino, true);
      entries.push({ name, isDirectory, inode });
    }
  }
}

/** The names in a directory, sorted; none if it does not exist. */
export function namesIn(path: string): string[] {
  const entries = unlessErrno(NOTHING, () => readDirectory(path)) ?? [];
  return entries.map(({ name }) => name).sort();
}

/**
 * Creates a directory, with missing parents.
 *
 * @param mode By default, only the owner can enter it.
 */
export function makeDirectories(path: string, mode = 0o700): void {
  if (exists(path)) return;
  makeDirectories(directoryOf(path), mode);
  makeDirectory(path, mode);
}

/** Creates a directory, unless something exists there. */
export function makeDirectory(path: string, mode: number): void {
  const isMade = succeedsUnless(
    [ERRNO.EEXIST],
    `create directory ${quote(path)}`,
    () => Deno.mkdirSync(path, { mode }),
  );
  if (isMade) showChange(`mkdir -m 0${mode.toString(8)} ${path}`);
}

/**
 * Removes a directory if it exists and is empty, as a cgroup in use is not. On
 * a read-only file system it stays, for the kernel does not say there whether
 * it is empty.
 */
export function removeDirectoryIfEmpty(path: string): void {
  const isRemoved = succeedsUnless(
    [...NOTHING, ERRNO.EBUSY, ERRNO.ENOTEMPTY, ERRNO.EROFS],
    `remove directory ${quote(path)}`,
    // With the "/", a link to a directory stays.
    () => Deno.removeSync(`${path}/`),
  );
  if (isRemoved) showChange(`rmdir ${path}`);
}

/** Whether `act` does what it is to, and does not fail with one of `errnos`. */
function succeedsUnless(
  errnos: readonly number[],
  attempt: string,
  act: () => void,
): boolean {
  return unlessErrno(errnos, () => {
    wrapErrors(attempt, act);
    return true;
  }) ?? false;
}

/** The directory that a path is in. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
