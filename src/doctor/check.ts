/** What a check of `denovrf doctor` is. */

import { UserError } from "../messages/errors.ts";
import { isVerbose } from "../messages/verbose.ts";
import { ERRNO, SystemError } from "../os/errno.ts";
import { isRoot } from "../os/libc.ts";

/** How bad a finding is; `unseen`: only root could tell. */
export type Level = "ok" | "warning" | "problem" | "unseen";

/** One line of the doctor's. The shape of `doctor --json`. */
export interface Diagnosis {
  readonly check: string;
  readonly level: Level;
  /** The state of things. */
  readonly message: string;
  /** What to do about it; `null` where there is nothing to do. */
  readonly remedy: string | null;
  /** What explains it at length; only with `--verbose`. */
  readonly detail?: string;
}

/** What a check has found; where that is nothing bad, how things stand. */
export type Outcome = string | readonly Complaint[];

/** Something that is not as it should be. */
export interface Complaint extends Omit<Diagnosis, "check"> {
  readonly level: Exclude<Level, "ok">;
}

/** Looks at one thing. Whatever it throws is a problem, or unseen. */
export interface Check {
  readonly name: string;
  readonly look: () => Outcome;
}

/** How it stands with what only systemd needs, where there is none. */
export const NOT_BOOTED = "not needed, for systemd is not PID 1";

/** A complaint about what has to be mended. */
export function problem(message: string, remedy: string): Complaint {
  return { level: "problem", message, remedy };
}

/** A complaint about what may be meant so. */
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
 * Looks at several things of a kind; an error about one hides nothing about the
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

/** What an error says of the thing that was looked at. */
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

/** Whether an error is for want of privileges, and tells nothing else. */
function isDenied(error: UserError): boolean {
  return error instanceof SystemError &&
    (error.errno === ERRNO.EPERM || error.errno === ERRNO.EACCES);
}
