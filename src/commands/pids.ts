import type { Arguments } from "../commands.ts";
import { UsageError, UserError } from "../errors.ts";
import { commandName } from "../libc/proc.ts";
import { members } from "../membership.ts";
import { assertIfname, quote } from "../netdev/ifname.ts";
import { queryNetdev } from "../netdev/netdev.ts";

/** `denovrf pids` */
export function run({ operands }: Arguments): number {
  const [vrf, ...others] = operands;
  if (vrf === undefined || others.length > 0) {
    throw new UsageError("A VRF is needed");
  }
  assertIfname(vrf);
  const found = members().filter(({ ifname }) => ifname === vrf);
  if (found.length === 0 && queryNetdev(vrf) === undefined) {
    throw new UserError(`Cannot list ${quote(vrf)}: there is no such VRF`);
  }
  for (const { pid } of found) {
    const name = commandName(pid);
    if (name !== undefined) console.log(`${`${pid}`.padStart(5)}  ${name}`);
  }
  return 0;
}
