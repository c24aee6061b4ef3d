/** Checks of the machine and of the installation: here what a check is. */

import { UserError } from "../messages/errors.ts";
import { isVerbose } from "../messages/verbose.ts";
import { ERRNO, SystemError } from "../os/errno.ts";
import { isRoot } from "../os/libc.ts";

/** How bad it is; `unseen`: only root can tell. */
type Level = "ok" | "warning" | "problem" | "unseen";

/** One line of doctor's. The shape of `doctor --json`. */
export interface Diagnosis {
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
 * What a check has found: complaints, or the state of things if all is well.
 */
export type Outcome = string | readonly Complaint[];

/** Something that is not as it should be, or cannot be seen. */
export interface Complaint extends Omit<Diagnosis, "check"> {
  readonly level: Exclude<Level, "ok">;
}

/** Looks at one thing. Whatever it throws is a problem, or unseen. */
export interface Check {
  readonly name: string;
  readonly look: () => Outcome;
}

/** The state of what only systemd needs, if systemd is not PID 1. */
export const NOT_BOOTED = "not needed: systemd is not PID 1";

/** A complaint about what has to be fixed. */
export function problem(message: string, remedy: string): Complaint {
  return { level: "problem", message, remedy };
}

/** A complaint about what may be intended. */
export function warning(message: string, remedy: string): Complaint {
  return { level: "warning", message, remedy };
}

/** Runs a check. */
export function examine({ name, look }: Check): Diagnosis[] {
  const outcome = lookSafely(look);
  if (typeof outcome !== "string") {
    return outcome.map((complaint) => ({ check: name, ...complaint }));
  }
  return [{ check: name, level: "ok", message: outcome, remedy: null }];
}

/**
 * Looks at several things of a kind; an error about one does not hide the
 * others.
 */
export function lookAtEach<T>(
  things: readonly T[],
  look: (thing: T) => readonly Complaint[],
): Complaint[] {
  return things.flatMap((thing) => {
    try {
      return look(thing);
    } catch (error) {
      return [complaintOf(error)];
    }
  });
}

function lookSafely(look: () => Outcome): Outcome {
  try {
    const outcome = look();
    return outcome.length === 0 ? "in order" : outcome;
  } catch (error) {
    return [complaintOf(error)];
  }
}

/** Turns an error into a complaint. */
export function complaintOf(error: unknown): Complaint {
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
