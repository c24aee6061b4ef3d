import { stopEach } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { printError } from "../print_error.ts";
import { vrfOperands } from "./vrf_operands.ts";

/** `denovrf stop` */
export function run(args: Arguments): number {
  const failures = stopEach(args.flags.has("purge"), vrfOperands(args));
  failures.forEach(printError);
  return failures.length > 0 ? 1 : 0;
}
