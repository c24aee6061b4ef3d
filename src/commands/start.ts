import { bpfProgramSetting, start } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { forEachVrf } from "./for_each_vrf.ts";
import { noteUnlessVrf } from "./note_unless_vrf.ts";

/** `denovrf start` */
export function run(args: Arguments): number {
  return forEachVrf(args, (ifname) => {
    noteUnlessVrf(start(ifname));
    if (!args.flags.has("quiet")) console.log(bpfProgramSetting(ifname));
  });
}
