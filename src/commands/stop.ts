import { stop } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { forEachVrf } from "./for_each_vrf.ts";

/** `denovrf stop` */
export function run(args: Arguments): number {
  return forEachVrf(args, (ifname) => stop(ifname, args.flags.has("purge")));
}
