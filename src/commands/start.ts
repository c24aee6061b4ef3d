import { bpfProgramSetting, startEach } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { UserError } from "../errors.ts";
import { printError } from "../print_error.ts";
import { noteUnlessVrf } from "./note_unless_vrf.ts";
import { vrfOperands } from "./vrf_operands.ts";

/** `denovrf start` */
export function run(args: Arguments): number {
  let status = 0;
  for (const outcome of startEach(vrfOperands(args))) {
    if (outcome instanceof UserError) {
      printError(outcome);
      status = 1;
      continue;
    }
    noteUnlessVrf(outcome);
    if (args.flags.has("quiet")) continue;
    console.log(bpfProgramSetting(outcome.ifname));
  }
  return status;
}
