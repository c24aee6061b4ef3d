/** Pins the bindings of VRFs, and prints what to write into units. */

import { startEach, type Started } from "../kernel/binding.ts";
import { bpfProgramSetting } from "../bound_units/settings.ts";
import type { Arguments } from "../cli/command.ts";
import { noteOnRoutes, noteUnlessVrf } from "./shared/note_on_vrf.ts";
import { vrfOperands } from "./shared/vrf_operands.ts";
import { UserError } from "../messages/errors.ts";
import { print, printError, withProgress } from "../messages/print.ts";
import { PLAIN_MODE } from "../programs/modes.ts";

/** `denovrf start` */
export function run(args: Arguments): number {
  const ifnames = vrfOperands(args);
  const results = ifnames === undefined
    ? withProgress("Starting every VRF", () => startEach())
    : startEach(ifnames);
  for (const result of results) {
    if (result instanceof UserError) printError(result);
    else tellOf(result, args.flags.has("quiet"));
  }
  return results.some((result) => result instanceof UserError) ? 1 : 0;
}

function tellOf({ netdev, routes }: Started, isQuiet: boolean): void {
  noteUnlessVrf(netdev);
  if (isQuiet) return;
  // Not at boot, where routes come after their VRF.
  noteOnRoutes(netdev.ifname, routes, PLAIN_MODE);
  print(bpfProgramSetting(netdev.ifname, PLAIN_MODE));
}
