/** Scopes: units for processes that systemd has not started. */

import { ownCgroup } from "../cgroup/cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { showChange } from "../messages/print.ts";
import { runProgram } from "../os/subprocess.ts";

const MANAGER = [
  "org.freedesktop.systemd1",
  "/org/freedesktop/systemd1",
  "org.freedesktop.systemd1.Manager",
];

/** How long systemd may take to move a process, in ms. */
const PATIENCE = 30_000;

/**
 * Has systemd put this process into a scope, which is gone with its last
 * process. systemd-run --scope does the same, but would run the command
 * itself, and nothing could be attached in between.
 *
 * @param scope Its name; no unit may have it yet.
 * @param slice The slice to have it in.
 * @throws {UserError} If systemd does not do so.
 */
export async function enterScope(
  scope: string,
  slice: string,
  description: string,
): Promise<void> {
  const properties = [
    ["PIDs", "au", "1", `${Deno.pid}`],
    ["Slice", "s", slice],
    ["Description", "s", description],
    ["CollectMode", "s", "inactive-or-failed"],
  ];
  const { code, stderr } = runProgram("busctl", [
    ...["--quiet", "call", "--", ...MANAGER],
    ...["StartTransientUnit", "ssa(sv)a(sa(sv))", scope, "fail"],
    ...[`${properties.length}`, ...properties.flat(), "0"],
  ], "Install systemd's tools");
  if (code !== 0) {
    throw new UserError(`Cannot create scope ${quote(scope)}: ${stderr}`);
  }
  showChange(`systemd-run --scope --unit=${scope} --slice=${slice}`);

  // The reply comes before the job is done.
  const end = Date.now() + PATIENCE;
  while (!ownCgroup().endsWith(`/${scope}`)) {
    if (Date.now() > end) {
      throw new UserError(
        `Cannot enter scope ${
          quote(scope)
        }: systemd has not moved this process within ${PATIENCE / 1000} s`,
        { remedy: `Check it: systemctl status ${scope}` },
      );
    }
    await new Promise((wake) => setTimeout(wake, 1));
  }
}
