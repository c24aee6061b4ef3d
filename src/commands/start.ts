/** Pins the bindings of VRFs, and prints what to write into units. */

import { startEach } from "../kernel/binding.ts";
import { bpfProgramSettings } from "../bound_units/settings.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { noteUnlessVrf } from "./shared/note_unless_vrf.ts";
import { vrfOperands } from "./shared/vrf_operands.ts";
import { UserError } from "../messages/errors.ts";
import { print, printError, withProgress } from "../messages/print.ts";
import { type Mode, union } from "../programs/modes.ts";

/** `denovrf start` */
export async function run(args: Arguments): Promise<number> {
  let status = 0;
  const mode = modeFrom(args.flags);
  const modeOf = args.flags.has("instance")
    ? await withWhatUnitsNeed(mode)
    : () => mode;
  const ifnames = vrfOperands(args);
  const outcomes = ifnames === undefined
    ? withProgress("Starting every VRF", () => startEach(modeOf))
    : startEach(modeOf, ifnames);
  for (const outcome of outcomes) {
    if (outcome instanceof UserError) {
      printError(outcome);
      status = 1;
      continue;
    }
    noteUnlessVrf(outcome);
    if (args.flags.has("quiet")) continue;
    print(bpfProgramSettings(outcome.ifname, mode).join("\n"));
  }
  return status;
}

/** Loaded only for the units of systemd, so that a person does not wait for it. */
async function withWhatUnitsNeed(
  mode: Mode,
): Promise<(ifname: string) => Mode> {
  const { modeNeededBy } = await import("../bound_units/bound_units.ts");
  return (ifname) => union(mode, modeNeededBy(ifname));
}
