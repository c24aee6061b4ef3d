/** What a kernel cannot do, in contrast to what it fails to do. */

import { UserError } from "../messages/errors.ts";

/** The kernel lacks what a program takes, and will until another is booted. */
export class UnsupportedError extends UserError {
  override name = "UnsupportedError";
}

/** Runs `call`; returns `undefined` if the kernel lacks what it takes. */
export function unlessUnsupported<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}
