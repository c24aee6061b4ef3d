import { stopEach } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { printError } from "../print_error.ts";
import { vrfOperands } from "./vrf_operands.ts";

/** `denovrf stop` */
export function run(args: Arguments): number {
  let status = 0;
  for (const failure of stopEach(args.flags.has("purge"), vrfOperands(args))) {
    if (failure === undefined) continue;
    printError(failure);
    status = 1;
  }
  return status;
}
