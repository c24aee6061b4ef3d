import { quote } from "../messages/quote.ts";
import { showChange } from "../messages/verbose.ts";
import { ERRNO } from "./errno.ts";
import { cString } from "./ffi.ts";
import { checked, checkedUnless, Fd, libc } from "./libc.ts";

// Values of the kernel's asm-generic and uapi headers; x86_64 and aarch64
// agree on all of them but O_DIRECTORY, which is therefore not used.
const O_RDONLY = 0;

const O_WRONLY = 1;

const O_CLOEXEC = 0o2000000;

const LOCK_EX = 2;

const F_OK = 0;

const DT_DIR = 4;

const PATH_MAX = 4096;

/** What is read goes through here, rather than through memory made for it. */
const BUFFER = new Uint8Array(1 << 16);

/** `sizeof(struct statfs)` on 64-bit machines is 120; `f_type` comes first. */
const STATFS_SIZE = 120;

/** `sizeof(struct statx)`, the same on every machine; see statx(2). */
const STATX_SIZE = 256;

const STATX_UID = 0x8;

const AT_FDCWD = -100;

/** Whether anything is at `path`. A path below a non-directory is nothing. */
export function exists(path: string): boolean {
  const found = checkedUnless(
    [ERRNO.ENOENT, ERRNO.ENOTDIR],
    `look at ${quote(path)}`,
    libc.access(cString(path), F_OK),
  );
  return found !== undefined;
}

/** Opens a file or a directory for reading. */
export function open(path: string): Fd {
  const fd = libc.open(cString(path), O_RDONLY | O_CLOEXEC);
  return new Fd(checked(`open ${quote(path)}`, fd));
}

/** Writes to a file of /proc or /sys, which takes a text as a whole. */
export function writeText(path: string, text: string): void {
  const fd = libc.open(cString(path), O_WRONLY | O_CLOEXEC);
  using file = new Fd(checked(`open ${quote(path)}`, fd));
  const bytes = new TextEncoder().encode(text);
  checked(
    `write ${quote(text)} to ${quote(path)}`,
    libc.write(file.number, bytes, BigInt(bytes.length)),
  );
  showChange(`echo ${text} > ${path}`);
}

/** The text of a file of /proc or /sys. */
export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

/** The bytes of a file of /proc or /sys, whose size nothing tells before. */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  using fd = open(path);
  const chunks: Uint8Array[] = [];
  while (true) {
    const length = Number(checked(
      `read ${quote(path)}`,
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

/**
 * Takes an exclusive flock(2) on a file or a directory, waiting for as long as
 * another process holds it. The kernel gives it back when the process ends,
 * however that comes about.
 */
export function lock(path: string): Fd {
  const fd = open(path);
  checked(`lock ${quote(path)}`, libc.flock(fd.number, LOCK_EX));
  return fd;
}

/**
 * The magic number (`f_type`, statfs(2)) of the file system at `path`;
 * `undefined` where nothing is there.
 */
export function fileSystemMagic(path: string): number | undefined {
  const statfs = new Uint8Array(STATFS_SIZE);
  const result = checkedUnless(
    [ERRNO.ENOENT],
    `look at the file system of ${quote(path)}`,
    libc.statfs(cString(path), statfs),
  );
  if (result === undefined) return undefined;
  return new DataView(statfs.buffer).getUint32(0, true);
}

/** The uid of whoever owns what is at `path`; `undefined` for nothing. */
export function ownerOf(path: string): number | undefined {
  const statx = new Uint8Array(STATX_SIZE);
  const result = checkedUnless(
    [ERRNO.ENOENT],
    `look at ${quote(path)}`,
    libc.statx(AT_FDCWD, cString(path), 0, STATX_UID, statx),
  );
  if (result === undefined) return undefined;
  return new DataView(statx.buffer).getUint32(20, true); // stx_uid
}

/** Makes a directory; by default one that only its owner can enter. */
export function makeDirectory(path: string, mode = 0o700): void {
  checked(`create directory ${quote(path)}`, libc.mkdir(cString(path), mode));
  showChange(`mkdir -m 0${mode.toString(8)} ${path}`);
}

/** An entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** What is in a directory, without "." and "..". */
export function readDirectory(path: string): DirectoryEntry[] {
  using fd = open(path);
  const view = new DataView(BUFFER.buffer);
  const decoder = new TextDecoder();
  const entries: DirectoryEntry[] = [];
  while (true) {
    const length = Number(checked(
      `read directory ${quote(path)}`,
      libc.getdents64(fd.number, BUFFER, BigInt(BUFFER.length)),
    ));
    if (length === 0) return entries;
    // struct linux_dirent64, see getdents64(2)
    for (let at = 0; at < length; at += view.getUint16(at + 16, true)) {
      const end = BUFFER.indexOf(0, at + 19);
      const name = decoder.decode(BUFFER.subarray(at + 19, end));
      if (name === "." || name === "..") continue;
      entries.push({ name, isDirectory: view.getUint8(at + 18) === DT_DIR });
    }
  }
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

/** Removes a directory if it is empty. @returns Whether it is gone. */
export function removeEmptyDirectory(path: string): boolean {
  const result = checkedUnless(
    [ERRNO.ENOENT, ERRNO.ENOTEMPTY],
    `remove directory ${quote(path)}`,
    libc.rmdir(cString(path)),
  );
  if (result === undefined) return false;
  showChange(`rmdir ${path}`);
  return true;
}

/** Removes a file; for a pin, that is what unpins it. */
export function removeFile(path: string): void {
  checked(`remove ${quote(path)}`, libc.unlink(cString(path)));
  showChange(`rm ${path}`);
}

/** Renames, replacing what was at `to` in one step. */
export function rename(from: string, to: string): void {
  checked(
    `rename ${quote(from)} to ${quote(to)}`,
    libc.rename(cString(from), cString(to)),
  );
  showChange(`mv ${from} ${to}`);
}
