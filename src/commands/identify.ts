import type { Arguments } from "../commands.ts";
import { UsageError } from "../errors.ts";
import { vrfOfProcess } from "../membership.ts";
import { printable } from "../printable.ts";

/** `denovrf identify` */
export function run({ operands }: Arguments): number {
  const [text = `${Deno.ppid}`, ...others] = operands;
  if (others.length > 0) throw new UsageError("More than one process is given");
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new UsageError(`Cannot use ${JSON.stringify(text)} as a process id`);
  }
  const ifname = vrfOfProcess(Number(text));
  // As ip vrf identify: nothing for the default VRF.
  if (ifname !== undefined) console.log(printable(ifname));
  return 0;
}
