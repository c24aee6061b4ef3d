/** What /proc says of other processes. */

import { printable } from "../messages/printable.ts";
import { ERRNO, unlessErrno } from "./errno.ts";
import { readText } from "./files.ts";

/**
 * The name of a process's command, printable, for a process can call itself
 * anything; `undefined` if the process is gone.
 */
export function commandName(pid: number): string | undefined {
  return unlessErrno(
    [ERRNO.ENOENT, ERRNO.ESRCH],
    () => printable(readText(`/proc/${pid}/comm`).trimEnd()),
  );
}
