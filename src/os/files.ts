/**
 * Files and directories. Below /proc and /sys only libc reaches them, for Deno
 * refuses its own file API there to a program without --allow-all (seen with
 * 2.7.11 and 2.9.6: "Requires all access"). Functions that only write
 * systemd's files use Deno's.
 */

import { stateOf, UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { showChange } from "../messages/print.ts";
import { ERRNO, unlessErrno } from "./errno.ts";
import { cString } from "./ffi.ts";
import { checked, checkedUnless, Fd, isRoot, libc } from "./libc.ts";

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

const PATH_MAX = 4096;

const AT_FDCWD = -100;

const AT_SYMLINK_NOFOLLOW = 0x100;

const AT_EMPTY_PATH = 0x1000;

const S_IFMT = 0o170000;

const S_IFREG = 0o100000;

/** `STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_UID | STATX_INO` */
const STATX_MASK = 0x1 | 0x2 | 0x4 | 0x8 | 0x100;

/** Fields of `struct statx`, the same on every machine; see statx(2). */
const STATX = { nlink: 16, uid: 20, mode: 28, inode: 32, size: 256 } as const;

/** `sizeof(struct statfs)` on 64-bit machines is 120; `f_type` comes first. */
const STATFS_SIZE = 120;

/** Fields of `struct linux_dirent64`; see getdents64(2). */
const DIRENT = { ino: 0, reclen: 16, type: 18, name: 19 } as const;

/** One buffer for all reads, so that none has to allocate its own. */
const BUFFER = new Uint8Array(1 << 16);

/** The errnos for a path at which there is nothing. */
const NOTHING: readonly number[] = [ERRNO.ENOENT, ERRNO.ENOTDIR];

/** What a path leads to. */
export interface Status {
  readonly isFile: boolean;
  /** The permission bits, and the sticky bit. */
  readonly mode: number;
  /** The uid of the owner. */
  readonly owner: number;
  readonly inode: bigint;
  /** Whether it is open, and gone from its directory. */
  readonly isRemoved: boolean;
}

/** Whether others than the owner may write there. */
export function isOpenToOthers({ mode }: Status): boolean {
  return (mode & 0o022) !== 0;
}

/**
 * Whether anything exists at `path`, even a link that leads nowhere. Nothing
 * exists below a file.
 */
export function exists(path: string): boolean {
  return statx(path, AT_SYMLINK_NOFOLLOW) !== undefined;
}

/** What `path` leads to; `undefined` for nothing. */
export function statusOf(path: string): Status | undefined {
  const fields = statx(path, 0);
  return fields === undefined ? undefined : statusIn(fields);
}

/** What was opened at `path`, whatever is at that path since. */
export function statusOfOpen({ number }: Fd, path: string): Status {
  const fields = new DataView(new ArrayBuffer(STATX.size));
  checked(
    `look at ${quote(path)}`,
    libc.statx(number, cString(""), AT_EMPTY_PATH, STATX_MASK, fields),
  );
  return statusIn(fields);
}

function statx(path: string, flags: number): DataView | undefined {
  const fields = new DataView(new ArrayBuffer(STATX.size));
  const result = checkedUnless(
    NOTHING,
    `look at ${quote(path)}`,
    libc.statx(AT_FDCWD, cString(path), flags, STATX_MASK, fields),
  );
  return result === undefined ? undefined : fields;
}

function statusIn(fields: DataView): Status {
  const mode = fields.getUint16(STATX.mode, true);
  return {
    isFile: (mode & S_IFMT) === S_IFREG,
    mode: mode & ~S_IFMT,
    owner: fields.getUint32(STATX.uid, true),
    inode: fields.getBigUint64(STATX.inode, true),
    isRemoved: fields.getUint32(STATX.nlink, true) === 0,
  };
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

/** The bytes of a file, whose size is unknown before in /proc and /sys. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  const attempt = `read ${quote(path)}`;
  using fd = open(path, attempt);
  const chunks: Uint8Array[] = [];
  while (true) {
    const length = Number(checked(
      attempt,
      libc.read(fd.number, BUFFER, BigInt(BUFFER.length)),
    ));
    if (length === 0) return concat(chunks);
    chunks.push(BUFFER.slice(0, length));
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = chunks.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Opens a file for writing, as it is. */
export function openToWrite(path: string): Fd {
  const fd = libc.open(cString(path), O_WRONLY | O_CLOEXEC);
  return new Fd(checked(`open ${quote(path)}`, fd));
}

/** Writes to a file of /proc or /sys, in one write(2). */
export function writeText(path: string, text: string): void {
  using file = openToWrite(path);
  const bytes = new TextEncoder().encode(text);
  checked(
    `write ${quote(text)} to ${quote(path)}`,
    libc.write(file.number, bytes, BigInt(bytes.length)),
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

/** What a symbolic link of /proc says. */
export function readLink(path: string): string {
  const target = new Uint8Array(PATH_MAX);
  const length = checked(
    `read link ${quote(path)}`,
    libc.readlink(cString(path), target, BigInt(target.length)),
  );
  return new TextDecoder().decode(target.subarray(0, Number(length)));
}

/** Renames, replacing what was at `to` in one step. */
export function rename(from: string, to: string): void {
  checked(
    `rename ${quote(from)} to ${quote(to)}`,
    libc.rename(cString(from), cString(to)),
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
  checked(`remove ${quote(path)}`, libc.unlink(cString(path)));
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

/** What is in a directory, without "." and "..". */
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
  const result = checkedUnless(
    [ERRNO.EEXIST],
    `create directory ${quote(path)}`,
    libc.mkdir(cString(path), mode),
  );
  if (result === undefined) return;
  showChange(`mkdir -m 0${mode.toString(8)} ${path}`);
}

/**
 * Removes a directory if it exists and is empty, as a cgroup in use is not. On
 * a read-only file system it stays, for the kernel does not say there whether
 * it is empty.
 */
export function removeDirectoryIfEmpty(path: string): void {
  const result = checkedUnless(
    [...NOTHING, ERRNO.EBUSY, ERRNO.ENOTEMPTY, ERRNO.EROFS],
    `remove directory ${quote(path)}`,
    libc.rmdir(cString(path)),
  );
  if (result !== undefined) showChange(`rmdir ${path}`);
}

/** Runs `act`; a failure of Deno's file API in it becomes a UserError. */
function wrapErrors(attempt: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    const isDenied = cause instanceof Deno.errors.PermissionDenied;
    throw new UserError(`Cannot ${attempt}: ${stateOf(cause)}`, {
      cause,
      remedy: isDenied && !isRoot() ? "Run denovrf as root" : undefined,
    });
  }
}

/** The directory that a path is in. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
