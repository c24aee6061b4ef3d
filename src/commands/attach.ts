import { attachTo } from "../attachment.ts";
import { ifnameOfSetting } from "../binding.ts";
import { cgroupPath, makeCgroup } from "../cgroup/cgroup.ts";
import { cgroupOfUnit } from "../cgroup/unit_path.ts";
import type { Arguments } from "../commands.ts";
import { UsageError, UserError } from "../errors.ts";
import { showUnit } from "../systemd/systemd.ts";

/** `denovrf attach` */
export function run({ operands }: Arguments): number {
  const [unit, ...others] = operands;
  if (unit === undefined || others.length > 0) {
    throw new UsageError("A unit is needed");
  }
  const properties = showUnit(unit, "ControlGroup", "Slice", "BPFProgram");
  const ifname = boundTo(unit, properties.get("BPFProgram") ?? "");

  // A unit that starts no process before it needs its cgroup does not have one
  // yet; systemd takes the one that it finds.
  const cgroup = properties.get("ControlGroup") ||
    cgroupOfUnit(unit, properties.get("Slice") ?? "");
  const path = cgroupPath(cgroup);
  makeCgroup(path);
  attachTo(ifname, path);
  return 0;
}

/** The interface that systemd is told to bind a unit to. */
function boundTo(unit: string, settings: string): string {
  for (const value of settings.split(" ")) {
    const ifname = ifnameOfSetting(value);
    if (ifname !== undefined) return ifname;
  }
  throw new UserError(`Cannot attach to "${unit}": it is not bound to a VRF`);
}
