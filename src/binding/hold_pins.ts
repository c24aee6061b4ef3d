/** The lock on the folder of all pins, which is root's alone. */

import { assertBpffs, assertRoots } from "./bpffs.ts";
import { PINS } from "./pin_path.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { ERRNO } from "../os/errno.ts";
import {
  flock,
  makeFolder,
  openFolder,
  removeFolderIfEmpty,
  type Status,
  statusOfOpen,
} from "../os/files.ts";
import { isRoot, systemError } from "../os/libc.ts";

/** Permission bits of everybody but the owner. */
const ALL_OF_OTHERS = 0o077;

/**
 * Keeps other denovrf processes from changing pins until the returned object is
 * disposed of; an empty folder of pins is removed then. What is locked is that
 * folder, because nobody else can open it: whoever may read a folder can lock it.
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
  makeFolder(PINS, 0o700);
}

/**
 * Refuses a folder for pins that is not root's alone: others could rename the
 * pins of VRFs. Who may write to a bpffs can create it before us.
 */
function assertOurs(status: Status): void {
  assertRoots(PINS, status, `Inspect it, then remove it: rm -r ${PINS}`);
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
