import { attachTo } from "../attachment.ts";
import { parseSettings, startUnlessBound } from "../binding.ts";
import type { Mode } from "../bpf/programs.ts";
import { cgroupPath, makeCgroup } from "../cgroup/cgroup.ts";
import { cgroupOfUnit } from "../cgroup/unit_path.ts";
import type { Arguments } from "../commands.ts";
import { UsageError, UserError } from "../errors.ts";
import { showUnit } from "../systemd/systemd.ts";

/** `denovrf attach` */
export function run({ operands }: Arguments): number {
  const [text, ...others] = operands;
  if (text === undefined || others.length > 0) {
    throw new UsageError("A unit is needed");
  }
  const properties = showUnit(
    text,
    ...["Id", "ControlGroup", "Slice", "BPFProgram"],
  );
  const unit = properties.get("Id") ?? text;
  const { ifname, mode } = bindingOf(unit, properties.get("BPFProgram") ?? "");

  // A unit that starts no process before it needs its cgroup does not have one
  // yet; systemd takes the one that it finds.
  const cgroup = properties.get("ControlGroup") ||
    cgroupOfUnit(unit, properties.get("Slice") ?? "");
  const path = cgroupPath(cgroup);
  makeCgroup(path);
  // A slice waits for both denovrf@ and this, and neither for the other.
  startUnlessBound(ifname, mode);
  attachTo(ifname, path, mode);
  return 0;
}

/** To what systemd is told to bind a unit, and how. */
function bindingOf(
  unit: string,
  settings: string,
): { ifname: string; mode: Mode } {
  const binding = parseSettings(settings.split(" "));
  if (binding !== undefined) return binding;
  throw new UserError(`Cannot attach to "${unit}": it is not bound to a VRF`);
}
