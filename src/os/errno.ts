/** Calls of the kernel and of C libraries that fail with an errno. */

import { UserError, type UserErrorOptions } from "../messages/errors.ts";

/** A call into the kernel or a C library that failed with an errno. */
export class SystemError extends UserError {
  override name = "SystemError";
  /** The errno, positive. */
  readonly errno: number;

  constructor(message: string, errno: number, options: UserErrorOptions = {}) {
    super(message, options);
    this.errno = errno;
  }
}

/** The errnos that our code tells apart (the kernel's asm-generic/errno.h). */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EINVAL: 22,
  EROFS: 30,
  ENOTEMPTY: 39,
  ENOTSOCK: 88,
  EOPNOTSUPP: 95,
  EADDRNOTAVAIL: 99,
  ENETUNREACH: 101,
  ENOTSUPP: 524,
} as const;

/** Runs `call`; returns `undefined` if it fails with one of `errnos`. */
export function unlessErrno<T>(
  errnos: readonly number[],
  call: () => T,
): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof SystemError && errnos.includes(error.errno)) {
      return undefined;
    }
    throw error;
  }
}
