/** What /proc says of other processes. */

import { ERRNO, unlessErrno } from "../errors.ts";
import { readText } from "./files.ts";

/** The name of a process's command; `undefined` where it has gone. */
export function commandName(pid: number): string | undefined {
  return unlessErrno(
    [ERRNO.ENOENT, ERRNO.ESRCH],
    () => readText(`/proc/${pid}/comm`).trimEnd(),
  );
}
