/** What identify and pids add of a VRF in another network namespace. */

import type { Membership } from "../../inspect/membership.ts";
import { printable } from "../../messages/quote.ts";

/** Nothing for one in the namespace of this process. */
export function inNetns({ netns }: Pick<Membership, "netns">): string {
  return netns === undefined ? "" : ` (network namespace ${printable(netns)})`;
}
