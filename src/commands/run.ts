/** Runs a command in a VRF as a transient unit. */

import { assertWorks } from "../kernel/probe.ts";
import { lockSetting } from "../bound_units/drop_in.ts";
import { resolvConfFor } from "../bound_units/resolv_conf.ts";
import {
  assertAttachesFromInside,
  assertKeepsBinding,
  bindingOptions,
  type TransientType,
  transientType,
} from "../bound_units/transient.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { provideBinding } from "./shared/provide_binding.ts";
import { unitsAreInstalled } from "../install/units.ts";
import { UserError } from "../messages/errors.ts";
import { replaceProcess } from "../os/process.ts";
import { assertRunnable } from "../os/subprocess.ts";
import { isPlain, type Mode } from "../programs/modes.ts";
import type { RunOption } from "../systemd/run_options.ts";
import { assertAttachesPrograms } from "../systemd/systemctl.ts";

/** `denovrf run` */
export function run(
  { operands, flags, values, foreign }: Arguments,
): number {
  const [ifname = "", ...command] = operands;
  const mode = modeFrom(flags);
  const { words, options } = foreign;
  assertKeepsBinding(options, ifname);
  assertAttachesPrograms();
  const [program] = command;
  if (program !== undefined && !hasOtherFiles(options)) assertRunnable(program);
  if (!isPlain(mode)) assertWorks(mode);
  const type = transientType(options);
  const resolvConf = resolvConfFor(
    ifname,
    type === "scope" ? "Scope" : "Service",
    values.get("resolv-conf"),
  );
  if (type === "scope") assertInstalled();
  const { instance } = provideBinding(ifname);
  if (instance === undefined) assertAttachesFromInside(options);

  replaceProcess(command, [
    "systemd-run",
    ...bindingOptions({ ifname, mode, instance, resolvConf }, options),
    ...words,
    ...lockOptions(mode, type),
    "--",
  ]);
}

/** Refuses a scope if there is no denovrf-attach@ to bind it. */
function assertInstalled(): void {
  if (unitsAreInstalled()) return;
  throw new UserError(
    "Cannot run in a scope: denovrf's units are not installed",
    { remedy: "Install them (denovrf install), or use denovrf exec" },
  );
}

/** What has to come after everything else that the unit is given. */
function lockOptions(mode: Mode, type: TransientType): string[] {
  if (!mode.lock || type === "scope") return [];
  return [`--property=${lockSetting("Service")}`];
}

/** Whether the command is to be looked for where we cannot. */
function hasOtherFiles(options: readonly RunOption[]): boolean {
  return options.some(({ name, value = "" }) =>
    name === "property" &&
    /^(?:ExecSearchPath|MountImages|ExtensionImages|ExtensionDirectories)=/
      .test(value)
  );
}
