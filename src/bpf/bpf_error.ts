/** What becomes of a call of libbpf that fails. */

import type { LIBBPF_SYMBOLS } from "./symbols.ts";
import { UserError } from "../messages/errors.ts";
import { ERRNO, SystemError } from "../os/errno.ts";
import { errnoMessage, errnoName, isRoot, remedyFor } from "../os/libc.ts";

/** A call of libbpf that failed. */
export class BpfError extends SystemError {
  override name = "BpfError";

  /**
   * @param operation libbpf's function, such as `bpf_prog_load`.
   * @param options.log The verifier's log, if the failure was a load.
   */
  constructor(
    attempt: string,
    operation: keyof typeof LIBBPF_SYMBOLS,
    errno: number,
    { log = "", remedy = bpfRemedy(errno) }: {
      log?: string;
      remedy?: string | undefined;
    } = {},
  ) {
    const summary = lastLineOfReason(log);
    const reason = summary === "" ? "" : ` (${summary})`;
    super(`Cannot ${attempt}: ${errnoMessage(errno)}${reason}`, errno, {
      remedy,
      detail: `${operation}: ${errnoName(errno)}\n${log}`.trimEnd(),
    });
  }
}

/** Returns `result`, unless it is one of libbpf's negative errnos. */
export function unwrap(
  attempt: string,
  operation: keyof typeof LIBBPF_SYMBOLS,
  result: number,
): number {
  if (result < 0) throw new BpfError(attempt, operation, -result);
  return result;
}

/** The remedy for an errno of bpf(2), if there is one. */
function bpfRemedy(errno: number): string | undefined {
  return errno === ERRNO.EPERM && isRoot()
    ? "Missing privilege: CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN; or the kernel is locked down"
    : remedyFor(errno);
}

/** The verifier's reason: the last line of its log that is not statistics. */
function lastLineOfReason(log: string): string {
  const lines = log.trim().split("\n").filter((line) =>
    !/^(processed \d+ insns|verification time|stack depth|max_states)/.test(
      line,
    )
  );
  return lines.at(-1)?.trim() ?? "";
}

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
