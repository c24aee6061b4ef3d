import { bpfProgramSettings, startEach } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { UserError } from "../errors.ts";
import { printError } from "../print_error.ts";
import { modeFrom } from "./mode_from.ts";
import { noteUnlessVrf } from "./note_unless_vrf.ts";
import { vrfOperands } from "./vrf_operands.ts";

/** `denovrf start` */
export function run(args: Arguments): number {
  let status = 0;
  const mode = modeFrom(args.flags);
  for (const outcome of startEach(mode, vrfOperands(args))) {
    if (outcome instanceof UserError) {
      printError(outcome);
      status = 1;
      continue;
    }
    noteUnlessVrf(outcome);
    if (args.flags.has("quiet")) continue;
    console.log(bpfProgramSettings(outcome.ifname, mode).join("\n"));
  }
  return status;
}
