/** Unpins the bindings of VRFs. */

import { stopEach } from "../kernel/binding.ts";
import type { Arguments } from "../cli/command.ts";
import { vrfOperands } from "./shared/vrf_operands.ts";
import { printError } from "../messages/print.ts";

/** `denovrf stop` */
export function run(args: Arguments): number {
  const failures = stopEach(args.flags.has("purge"), vrfOperands(args));
  failures.forEach(printError);
  return failures.length > 0 ? 1 : 0;
}
