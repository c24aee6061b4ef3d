import { detachFrom } from "../binding/attachment.ts";
import { assertBindable } from "../bound_units/bindable.ts";
import { removeDropIn, SCOPES } from "../bound_units/bound_units.ts";
import { cgroupPath } from "../cgroup/cgroup.ts";
import type { Arguments } from "../cli/command.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { PLAIN_MODE } from "../programs/modes.ts";
import { showUnit, systemctl } from "../systemd/systemctl.ts";
import {
  assertRestartable,
  howToRestart,
  howToStart,
  isActive,
  resolveAlias,
  tryRestart,
} from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

/** `denovrf unbind` */
export function run({ operands, flags }: Arguments): number {
  const [text = ""] = operands;
  const named = parseUnitName(text);
  const unit = resolveAlias(named);
  if (flags.has("now")) assertRestartable(unit);
  // By its alias too: it may have become one since it was bound.
  const names = new Set([unit.name, named.name]);
  const removed = SCOPES.flatMap((scope) =>
    [...names].flatMap((name) => removeDropIn(scope, name))
  );
  if (removed.length === 0) {
    assertBindable(unit, PLAIN_MODE);
    console.error(`denovrf: Note: "${unit.name}" is not bound`);
  }
  for (const path of removed) console.log(path);
  // Also where nothing was removed, for an interrupted unbind may have done it.
  systemctl("daemon-reload");
  if (removed.length === 0) return 0;
  if (flags.has("now")) {
    tryRestart(unit);
    if (!isActive(unit)) console.log(`Left to do: ${howToStart(unit)}`);
    release(unit);
  } else {
    console.log(`Left to do: ${howToRestart(unit)}`);
  }
  return 0;
}

/** A cgroup in which a process has outlived the restart is bound still. */
function release({ name, isTemplate, isPrefix }: UnitName): void {
  const cgroup = isTemplate || isPrefix
    ? undefined
    : showUnit(name, "ControlGroup").get("ControlGroup");
  if (cgroup) unlessErrno([ERRNO.ENOENT], () => detachFrom(cgroupPath(cgroup)));
}
