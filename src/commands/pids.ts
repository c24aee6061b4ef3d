/** Lists the processes in a VRF. */

import type { Arguments } from "../cli/command.ts";
import { inNetns } from "./shared/in_netns.ts";
import { members } from "../inspect/membership.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { queryNetdev } from "../iproute2/netdev.ts";
import { UserError } from "../messages/errors.ts";
import { print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";
import { commandName } from "../os/process.ts";

/** `denovrf pids` */
export function run({ operands }: Arguments): number {
  const [vrf = ""] = operands;
  assertIfname(vrf);
  const found = members().filter(({ ifname }) => ifname === vrf);
  if (found.length === 0 && queryNetdev(vrf) === undefined) {
    throw new UserError(`Cannot list ${quote(vrf)}: there is no such VRF`);
  }
  for (const member of found) {
    const { pid } = member;
    const name = commandName(pid);
    if (name === undefined) continue;
    print(`${`${pid}`.padStart(5)}  ${name}${inNetns(member)}`);
  }
  return 0;
}
