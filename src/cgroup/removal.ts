/** Removes cgroups after their last process. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { leaveBehind } from "../os/subprocess.ts";

/** What the shell prints once nothing but its loop is left to do. */
const READY = "ready";

/**
 * The kernel does not remove a cgroup2 cgroup with its last process, so a shell
 * waits for that outside. It closes the files of the caller that it can (a
 * shell knows ten), so that a reader of the command's output sees its end.
 */
const REMOVE_WHEN_EMPTY = `
echo 0 > "$1/cgroup.procs" || exit
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
cd /
echo ${READY}
exec >&-
pause=0.1
until rmdir "$0" 2>&- || [ ! -d "$0" ]; do
  sleep $pause || exit
  pause=1
done`;

/**
 * Has a cgroup removed when its last process is gone.
 *
 * @param path The cgroup; there has to be a process in it.
 * @param parent The cgroup in which to wait for that.
 * @throws {UserError} If nothing waits for that.
 */
export function removeWhenEmpty(path: string, parent: string): void {
  const said = leaveBehind(
    ["setsid", "--fork", "sh", "-c", REMOVE_WHEN_EMPTY, path, parent],
    "Install util-linux",
  );
  // setsid has succeeded by then, whatever became of the shell.
  if (said.trimEnd() === READY) return;
  throw new UserError(
    `Cannot have cgroup ${quote(path)} removed: sh(1) does not wait for that`,
  );
}
