/** Checks of the machine and of the installation: here what a check is. */

import { UserError } from "../messages/errors.ts";
import { isVerbose } from "../messages/print.ts";
import { ERRNO, SystemError } from "../os/errno.ts";
import { isRoot } from "../os/libc.ts";

/** How bad it is; `unseen`: only root can tell. */
type Level = "ok" | "warning" | "problem" | "unseen";

/** One line of doctor's. The shape of `doctor --json`. */
export interface Finding {
  readonly check: string;
  readonly level: Level;
  /** The state of things. */
  readonly message: string;
  /** What to do about it; `null` if there is nothing to do. */
  readonly remedy: string | null;
  /** What explains it in full; only with `--verbose`. */
  readonly detail?: string;
}

/**
 * What a check has found: problems, or the state of things if all is well.
 */
export type Result = string | readonly Problem[];

/** Something that is not as it should be, or cannot be seen. */
export interface Problem extends Omit<Finding, "check"> {
  readonly level: Exclude<Level, "ok">;
}

/** Looks at one thing. Whatever it throws is a problem, or unseen. */
export interface Check {
  readonly name: string;
  readonly look: () => Result;
}

/** The state of what only systemd needs, if systemd is not PID 1. */
export const NOT_BOOTED = "not needed: systemd is not PID 1";

/** Something that has to be fixed. */
export function problem(message: string, remedy: string): Problem {
  return { level: "problem", message, remedy };
}

/** Something that may be intended. */
export function warning(message: string, remedy: string): Problem {
  return { level: "warning", message, remedy };
}

/** Runs a check. */
export function examine({ name, look }: Check): Finding[] {
  const result = lookSafely(look);
  if (typeof result !== "string") {
    return result.map((problem) => ({ check: name, ...problem }));
  }
  return [{ check: name, level: "ok", message: result, remedy: null }];
}

/**
 * Looks at several things of a kind; an error about one does not hide the
 * others.
 */
export function lookAtEach<T>(
  things: readonly T[],
  look: (thing: T) => readonly Problem[],
): Problem[] {
  return things.flatMap((thing) => {
    try {
      return look(thing);
    } catch (error) {
      return [problemOf(error)];
    }
  });
}

function lookSafely(look: () => Result): Result {
  try {
    const result = look();
    return result.length === 0 ? "in order" : result;
  } catch (error) {
    return [problemOf(error)];
  }
}

/** The problem that an error tells of. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof UserError)) throw error;
  const { message, remedy = null, detail } = error;
  return {
    level: isDenied(error) && !isRoot() ? "unseen" : "problem",
    message,
    remedy,
    ...detail !== undefined && isVerbose() ? { detail } : {},
  };
}

/** Whether an error only says that privileges are missing. */
function isDenied(error: UserError): boolean {
  return error instanceof SystemError &&
    (error.errno === ERRNO.EPERM || error.errno === ERRNO.EACCES);
}
