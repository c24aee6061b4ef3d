/** The signals that this process has from its caller, and gives to a command. */

import { libc } from "./libc.ts";

const SIGPIPE = 13;

const SIGCHLD = 17;

const SIG_DFL = 0n;

const SIG_IGN = 1n;

/** What the caller had for SIGCHLD; `undefined` as long as it is unchanged. */
let callersSigchld: bigint | undefined;

/**
 * Has the kernel keep for us how children end, which it does not for a process
 * that ignores SIGCHLD; it inherits that from its caller. Deno, which waits for
 * a child, then gets ECHILD.
 */
export function expectChildren(): void {
  callersSigchld ??= libc.signal(SIGCHLD, SIG_DFL);
}

/**
 * Gives signals back what they had before us. The runtime ignores SIGPIPE
 * before our first line, so nobody knows what that had; it gets the default.
 */
export function restoreSignals(): void {
  libc.signal(SIGPIPE, SIG_DFL);
  if (callersSigchld === SIG_IGN) libc.signal(SIGCHLD, SIG_IGN);
}
