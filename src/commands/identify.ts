/** Prints the VRF of a process. */

import type { Arguments } from "../cli/command.ts";
import { inNetns } from "./shared/in_netns.ts";
import { vrfOfProcess } from "../inspect/membership.ts";
import { UsageError } from "../messages/errors.ts";
import { print } from "../messages/print.ts";
import { printable, quote } from "../messages/quote.ts";

/** `denovrf identify` */
export function run({ operands }: Arguments): number {
  const [text = `${Deno.ppid}`] = operands;
  if (!/^[1-9]\d{0,9}$/.test(text)) {
    throw new UsageError(`Cannot use ${quote(text)} as a process ID`);
  }
  const found = vrfOfProcess(Number(text));
  // As ip vrf identify: nothing for the default VRF.
  if (found !== undefined) print(printable(found.ifname) + inNetns(found));
  return 0;
}
