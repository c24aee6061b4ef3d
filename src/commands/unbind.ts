/** Undoes bind. */

import { detachFrom } from "../kernel/attachment.ts";
import { assertBindable } from "../bound_units/bindable.ts";
import { socketsBoundWith } from "../bound_units/sockets.ts";
import { removeUnusedCgroups, unbindUnit } from "../bound_units/unbind.ts";
import { cgroupPath } from "../cgroup/cgroup.ts";
import type { Arguments } from "../cli/command.ts";
import {
  groupOf,
  tellHowToRestart,
  tryRestartGroup,
} from "../bound_units/restart.ts";
import { note, print, withProgress } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { showUnit } from "../systemd/systemctl.ts";
import { assertRestartable, isActive, resolveAlias } from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

/** `denovrf unbind` */
export function run({ operands, flags }: Arguments): number {
  const [text = ""] = operands;
  const named = parseUnitName(text);
  const unit = resolveAlias(named);
  if (flags.has("now")) assertRestartable(unit);
  // By its alias too: it may have become one since it was bound.
  const sockets = flags.has("without-sockets")
    ? []
    : socketsBoundWith(unit, named);
  const group = groupOf(unit, sockets, isActive);
  const removed = unbindUnit(unit, named, ...sockets);
  if (removed.length === 0) {
    assertBindable(unit);
    note(`${quote(unit.name)} is not bound`);
    return 0;
  }
  for (const path of removed) print(path);
  [unit, ...sockets].forEach(removeUnusedCgroups);
  if (!flags.has("now")) {
    tellHowToRestart(group);
    return 0;
  }
  withProgress(`Restarting ${unit.name}`, () => tryRestartGroup(group));
  [unit, ...sockets].forEach(release);
  return 0;
}

/** Detaches from a cgroup that outlived the restart with a process in it. */
function release({ name, isTemplate, isPrefix }: UnitName): void {
  const cgroup = isTemplate || isPrefix
    ? undefined
    : showUnit(name, ["ControlGroup"]).get("ControlGroup");
  if (cgroup) unlessErrno([ERRNO.ENOENT], () => detachFrom(cgroupPath(cgroup)));
}
