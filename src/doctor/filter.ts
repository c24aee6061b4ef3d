/** Checks of the filter of packets: what it takes, and what it knows. */

import { bindings } from "../kernel/binding.ts";
import { leakedIn } from "../kernel/maps.ts";
import { unsupportedPrograms } from "../kernel/probe.ts";
import { lookAtEach, type Problem, type Result, warning } from "./check.ts";
import {
  catchAllRoutes,
  listNetdevs,
  queryRoutes,
  type VrfRoutes,
} from "../iproute2/netdev.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { MAX_LEAKED } from "../programs/refusals.ts";

/** What a kernel leaves open that cannot have a program, by its name. */
const OPEN: ReadonlyMap<string, string> = new Map([
  ["egress", "packets may leave outside of the VRF"],
  ["ingress", "packets may arrive from outside of the VRF"],
  ["setsockopt", "multicast groups may be joined outside of the VRF"],
]);

/** Whether the kernel can have the programs of the filter. */
export function lookAtFilter(): Result {
  const problems = unsupportedPrograms().map(({ name, reason }) =>
    warning(
      `${reason.message}: ${OPEN.get(name) ?? `${name} is left out`}`,
      reason.remedy ?? "Use a later kernel",
    )
  );
  return problems.length > 0
    ? problems
    : "packets outside of the VRF are dropped";
}

/** The routes by which packets leave VRFs that are started, or would. */
export function lookAtRoutes(): Result {
  const netdevs = listNetdevs();
  return lookAtEach(bindings(), ({ ifname, filter }) => {
    const netdev = netdevs.find((each) => each.ifname === ifname);
    if (netdev === undefined || filter === undefined) return [];
    const routes = queryRoutes(netdev);
    return [
      ...withoutCatchAll(ifname, routes),
      ...leakedSince(ifname, routes, leakedIn(filter)),
    ];
  });
}

function withoutCatchAll(
  ifname: string,
  { openFamilies }: VrfRoutes,
): Problem[] {
  if (openFamilies.length === 0) return [];
  return [
    warning(
      `${quote(ifname)} has no default route for ${
        openFamilies.join(" and ")
      }: the kernel sends what no other route of it covers through the default VRF`,
      `To have the kernel refuse it: ${
        catchAllRoutes(ifname, openFamilies)
      }; for networkd: denovrf help install`,
    ),
  ];
}

/** @param known The ifindexes that the programs know. */
function leakedSince(
  ifname: string,
  { leaked }: VrfRoutes,
  known: readonly number[],
): Problem[] {
  const names = leaked.slice(0, MAX_LEAKED);
  const unknown = names.filter(({ ifindex }) => !known.includes(ifindex));
  if (unknown.length === 0 && names.length === known.length) return [];
  return [
    warning(
      `The routes of ${quote(ifname)} to devices outside of it have changed`,
      `Let its packets use them: denovrf start ${shellWord(ifname)}`,
    ),
  ];
}
