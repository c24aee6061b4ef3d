import { bpfProgramSetting, start } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { quote } from "../netdev/ifname.ts";
import { forEachVrf } from "./for_each_vrf.ts";

/** `denovrf start` */
export function run(args: Arguments): number {
  return forEachVrf(args, (ifname) => {
    const { kind } = start(ifname, args.flags.has("renew"));
    if (kind !== "vrf") {
      console.error(
        `denovrf: Note: ${
          quote(ifname)
        } is not a VRF; sockets are bound to it all the same`,
      );
    }
    if (!args.flags.has("quiet")) console.log(bpfProgramSetting(ifname));
  });
}
