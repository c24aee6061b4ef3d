/** Who is in which VRF: here all VRFs, and the cgroups in them. */

import { isPurged } from "../kernel/attachment.ts";
import { bindings } from "../kernel/binding.ts";
import { boundUnits } from "../bound_units/bound_units.ts";
import { countProcesses } from "../cgroup/tree.ts";
import { type Placement, placements } from "./placement.ts";
import {
  type BoundCgroup,
  boundCgroup,
  type PlacedCgroup,
  type VrfReport,
  vrfReports,
} from "./vrf_report.ts";
import { listNetdevs } from "../iproute2/netdev.ts";
import { readText } from "../os/files.ts";

/** The VRFs of this machine, and what is bound to each. */
export interface Survey {
  readonly vrfs: readonly VrfReport[];
  /** Cgroups that are bound by a binding without pins. */
  readonly orphans: readonly BoundCgroup[];
}

/** Every VRF and every binding, and the cgroups in them. */
export function survey(): Survey {
  const everywhere = [...placements(boundUnits())];
  const placed = placedCgroups(everywhere);
  const pinned = bindings();
  const netdevs = listNetdevs();
  const pinnedIds = new Set(pinned.map(({ mapId }) => mapId));
  return {
    vrfs: vrfReports(netdevs, pinned, placed, {
      cgroup: (id) => everywhere.find((each) => each.id === id)?.cgroup,
      device: (ifindex) =>
        netdevs.find((each) => each.ifindex === ifindex)?.ifname,
      uptime: Number.parseFloat(readText("/proc/uptime")),
    }),
    orphans: placed.flatMap((place) =>
      place.bindings
        .filter(({ mapId }) => !pinnedIds.has(mapId) && isPurged(mapId))
        .map(({ mode }) => boundCgroup(place, mode))
    ),
  };
}

/** The cgroups that are in VRFs, or should be. */
function placedCgroups(everywhere: readonly Placement[]): PlacedCgroup[] {
  const placed = everywhere
    .filter(({ bindings, declared, entered }) =>
      bindings.length > 0 || declared !== undefined || entered !== undefined
    );
  const paths = new Set(placed.map(({ path }) => path));
  return placed.map((placement) => ({
    ...placement,
    processes: countProcesses(placement, ({ path }) => paths.has(path)),
  }));
}
