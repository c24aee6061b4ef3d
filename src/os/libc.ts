/** The kernel and the C library: here how functions of libc are called. */

import { ERRNO, SystemError } from "./errno.ts";
import { lazyLibrary } from "./ffi.ts";
import { ERRNO_SYMBOLS, LIBC_SYMBOLS } from "./symbols.ts";

/** glibc, for Deno runs on no other. */
const LIBC = "libc.so.6";

/** errno of the one thread that calls libc. */
let errno: Deno.UnsafePointerView | undefined;

/**
 * The C library. Where errno is has to be known before the first call of it:
 * to ask for that after a failure takes calls that can themselves set errno.
 */
export const libc = lazyLibrary(() => {
  errno ??= findErrno();
  return LIBC;
}, LIBC_SYMBOLS);

function findErrno(): Deno.UnsafePointerView {
  const location = lazyLibrary(() => LIBC, ERRNO_SYMBOLS).__errno_location();
  if (location === null) throw new Error("libc has no errno");
  return new Deno.UnsafePointerView(location);
}

/** What an errno means in words, without a full stop: strerror(3). */
export function errnoMessage(errno: number): string {
  // The kernel's own, which it is not meant to return.
  if (errno === ERRNO.ENOTSUPP) return "Operation not supported";
  const message = libc.strerror(errno);
  return message === null ? `errno ${errno}` : textAt(message);
}

/** The name of an errno, such as `EPERM`; before glibc 2.32, its number. */
export function errnoName(errno: number): string {
  const name = libc.strerrorname_np?.(errno) ?? null;
  return name === null ? `errno ${errno}` : textAt(name);
}

/**
 * Returns the result of a call, unless it is -1: errno has the reason then.
 *
 * @param attempt What was attempted, in words that follow "Cannot".
 * @throws {SystemError} With the errno of the call that has just failed.
 */
export function checked<T extends number | bigint>(
  attempt: string,
  result: T,
): T {
  if (Number(result) === -1) throw systemError(attempt, lastErrno());
  return result;
}

/**
 * The same, but `undefined` if the errno is one of `errnos`.
 *
 * @throws {SystemError} If it is another one.
 */
export function checkedUnless<T extends number | bigint>(
  errnos: readonly number[],
  attempt: string,
  result: T,
): T | undefined {
  if (Number(result) !== -1) return result;
  const errno = lastErrno();
  if (errnos.includes(errno)) return undefined;
  throw systemError(attempt, errno);
}

/** The errno of the libc call that has just failed on this thread. */
export function lastErrno(): number {
  return errno?.getInt32() ?? 0;
}

/** What a call that failed with an errno is told as. */
export function systemError(attempt: string, errno: number): SystemError {
  return new SystemError(`Cannot ${attempt}: ${errnoMessage(errno)}`, errno, {
    remedy: remedyFor(errno),
  });
}

/** Whether root runs this, be it with or without capabilities. */
export function isRoot(): boolean {
  return libc.geteuid() === 0;
}

/** The remedy for an errno, if there is one. */
export function remedyFor(errno: number): string | undefined {
  const isDenied = errno === ERRNO.EPERM || errno === ERRNO.EACCES;
  return isDenied && !isRoot() ? "Run denovrf as root" : undefined;
}

/** A file descriptor that is closed at the end of its scope. */
export class Fd implements Disposable {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  [Symbol.dispose](): void {
    libc.close(this.number);
  }
}

function textAt(pointer: Deno.PointerObject): string {
  return Deno.UnsafePointerView.getCString(pointer);
}
