/** Notes on what a person may not expect of an interface. */

import {
  catchAllRoutes,
  type Netdev,
  type VrfRoutes,
} from "../../iproute2/netdev.ts";
import { note } from "../../messages/print.ts";
import { quote } from "../../messages/quote.ts";
import type { Mode } from "../../programs/modes.ts";

/** Any interface can be bound to; the person may have meant another. */
export function noteUnlessVrf({ ifname, kind }: Netdev): void {
  if (kind === "vrf") return;
  note(`${quote(ifname)} is not a VRF; binding to it anyway`);
}

/**
 * What the table of a VRF has no route for, the kernel looks up in the tables
 * after it (Documentation/networking/vrf.rst of the kernel).
 */
export function noteOnRoutes(
  ifname: string,
  { openFamilies }: VrfRoutes,
  mode: Mode,
): void {
  if (openFamilies.length === 0) return;
  note(
    `${quote(ifname)} has no default route for ${
      openFamilies.join(" and ")
    }: the kernel sends what no other route of it covers through the default VRF; ${
      mode.open ? "with --open, that leaves" : "denovrf drops that"
    }`,
    `To have the kernel refuse it: ${catchAllRoutes(ifname, openFamilies)}`,
  );
}
