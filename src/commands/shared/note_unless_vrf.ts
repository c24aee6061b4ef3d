/** The note on interfaces that are not VRFs. */

import type { Netdev } from "../../iproute2/ip_json.ts";
import { note } from "../../messages/print.ts";
import { quote } from "../../messages/quote.ts";

/** Any interface can be bound to; the person may have meant another. */
export function noteUnlessVrf({ ifname, kind }: Netdev): void {
  if (kind === "vrf") return;
  note(`${quote(ifname)} is not a VRF; binding to it anyway`);
}
