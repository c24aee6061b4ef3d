/** The lock on the directory of all pins, which is root's alone. */

import { assertBpffs, assertRoots } from "./bpffs.ts";
import { PINS } from "./pins.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { ERRNO } from "../os/errno.ts";
import {
  flock,
  makeDirectory,
  openDirectory,
  removeDirectoryIfEmpty,
  statusOfOpen,
} from "../os/files.ts";
import { isRoot, systemError } from "../os/libc.ts";

/** Permission bits of everybody but the owner. */
const ALL_OF_OTHERS = 0o077;

/**
 * Keeps other denovrf processes from changing pins until the returned object is
 * disposed of; an empty directory of pins is removed then. What is locked is that
 * directory, because nobody else can open it: whoever may read a directory can lock it.
 *
 * @returns `undefined` if there is no directory, and so no binding.
 * @throws {UserError} If no bpffs is mounted, or the directory is not root's alone.
 */
export function holdPins(): Disposable | undefined {
  assertBpffs();
  while (true) {
    using stack = new DisposableStack();
    const directory = openDirectory(PINS);
    if (directory === undefined) return undefined;
    stack.use(directory);
    // Once it is root's, it stays at its path: in a sticky directory only its
    // owner could rename it.
    assertOurs(statusOfOpen(directory));
    flock(directory, PINS);
    // Whoever had it until now may have removed it.
    if (statusOfOpen(directory).nlink === 0) continue;
    stack.defer(removePinsIfEmpty);
    return stack.move();
  }
}

/** Like holdPins(), and creates the directory of all pins. */
export function makeAndHoldPins(): Disposable {
  while (true) {
    const held = holdPins();
    if (held !== undefined) return held;
    makePins();
  }
}

/** Anyone may create it in an open bpffs; then it would keep root out. */
function makePins(): void {
  if (!isRoot()) {
    throw systemError(`create directory ${quote(PINS)}`, ERRNO.EACCES);
  }
  makeDirectory(PINS, 0o700);
}

/**
 * Refuses a directory for pins that is not root's alone: others could rename the
 * pins of VRFs. Who may write to a bpffs can create it before us.
 */
function assertOurs(status: Deno.FileInfo): void {
  assertRoots(PINS, status, `Inspect it, then remove it: rm -r ${PINS}`);
  if (((status.mode ?? 0) & ALL_OF_OTHERS) === 0) return;
  throw new UserError(
    `Cannot use "${PINS}": others than root may look into it`,
    { remedy: `See what is in it, and let only root in: chmod 0700 ${PINS}` },
  );
}

/** An error says why the directory stays, and would hide why it is empty. */
function removePinsIfEmpty(): void {
  try {
    removeDirectoryIfEmpty(PINS);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
