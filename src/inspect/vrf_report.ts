/** What list says of each VRF, from what the kernel and systemd say. */

import type { Binding } from "../kernel/binding.ts";
import type { Placement } from "./placement.ts";
import { type NamesOf, type Refused, refusedIn } from "./refused.ts";
import type { Netdev } from "../iproute2/ip_json.ts";
import { type Mode, OPEN_MODE } from "../programs/modes.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";

/**
 * `bound`: sockets get the interface's ifindex. `stale`: they get another one,
 * or are denied. `absent`: the interface is gone. `unbound`: a VRF without a
 * binding. `elsewhere`: the binding is for another network namespace.
 */
type State = "bound" | "stale" | "absent" | "unbound" | "elsewhere";

/** A cgroup whose processes are in a VRF, or should be. */
export interface BoundCgroup {
  readonly path: string;
  /** `null` for a cgroup that is not a unit of systemd. */
  readonly unit: string | null;
  /**
   * Whether the binding, or iproute2's program, is attached to it; if not, only
   * a drop-in says so.
   */
  readonly attached: boolean;
  /** The mode in which it is attached; see `denovrf help bind`. */
  readonly open: boolean;
  readonly loopback: boolean;
  readonly lock: boolean;
  /** How many are in it, and in the cgroups inside that are not listed. */
  readonly processes: number;
}

/** A VRF, or another interface with a binding. The shape of `list --json`. */
export interface VrfReport {
  readonly ifname: string;
  /** iproute2's word, such as `vrf`; `null` if the interface is gone. */
  readonly kind: string | null;
  readonly ifindex: number | null;
  /** The routing table; `null` for an interface that is no VRF. */
  readonly table: number | null;
  readonly state: State;
  /** The ifindex that new sockets get, 0 for none; `null` without a binding. */
  readonly bound: number | null;
  /** The id of the pinned program; `null` if there is none. */
  readonly program: number | null;
  /** What its programs have refused; `null` without a binding. */
  readonly refused: Refused | null;
  readonly cgroups: readonly BoundCgroup[];
}

/** A cgroup that is bound, or of which a drop-in says so. */
export interface PlacedCgroup
  extends Pick<Placement, "cgroup" | "bindings" | "declared" | "entered"> {
  /** How many are in it, and in the cgroups inside that are not listed. */
  readonly processes: number;
}

/**
 * A cgroup as it is reported.
 *
 * @param mode The mode of the attached binding; `undefined` if none is
 * attached.
 */
export function boundCgroup(
  { cgroup, processes }: Pick<PlacedCgroup, "cgroup" | "processes">,
  mode?: Mode,
): BoundCgroup {
  return {
    path: cgroup,
    unit: unitOfCgroup(cgroup) ?? null,
    attached: mode !== undefined,
    open: mode?.open ?? false,
    loopback: mode?.loopback ?? false,
    lock: mode?.lock ?? false,
    processes,
  };
}

/** The kernel counts maps from 1. */
const NO_MAP = 0;

/** Puts the VRFs and all bindings together, sorted by name. */
export function vrfReports(
  netdevs: readonly Netdev[],
  bindings: readonly Binding[],
  placed: readonly PlacedCgroup[],
  namesOf: NamesOf,
): VrfReport[] {
  const names = new Set([
    ...netdevs.filter(({ kind }) => kind === "vrf").map(({ ifname }) => ifname),
    ...bindings.map(({ ifname }) => ifname),
    ...placed.flatMap(({ declared }) => declared ?? []),
  ]);
  const netdevOf = new Map(netdevs.map((netdev) => [netdev.ifname, netdev]));
  const bindingOf = new Map(
    bindings.map((binding) => [binding.ifname, binding]),
  );
  const attachedBy = Map.groupBy(
    placed.flatMap((cgroup) =>
      cgroup.bindings.map(({ mapId, mode }) => ({ ...cgroup, mapId, mode }))
    ),
    ({ mapId }) => mapId,
  );
  const declaredFor = Map.groupBy(placed, ({ declared }) => declared);
  const enteredBy = Map.groupBy(placed, ({ entered }) => entered);
  return [...names].sort().map((ifname) => {
    const netdev = netdevOf.get(ifname);
    const binding = bindingOf.get(ifname);
    const mapId = binding?.mapId ?? NO_MAP;
    const attached = (attachedBy.get(mapId) ?? [])
      .filter((cgroup) => !isIdle(cgroup));
    const entered = (enteredBy.get(ifname) ?? [])
      .filter((cgroup) => !isIdle(cgroup) && !isBoundTo(cgroup, mapId));
    const missing = (declaredFor.get(ifname) ?? [])
      .filter((cgroup) => !isBoundTo(cgroup, mapId));
    return {
      ifname,
      kind: netdev?.kind ?? null,
      ifindex: netdev?.ifindex ?? null,
      table: netdev?.table ?? null,
      state: stateOf(netdev, binding),
      bound: binding?.ifindex ?? null,
      program: binding?.programId ?? null,
      refused: binding?.filter === undefined
        ? null
        : refusedIn(binding.filter, namesOf),
      cgroups: [
        ...attached.map((cgroup) => boundCgroup(cgroup, cgroup.mode)),
        ...missing.map((cgroup) => boundCgroup(cgroup)),
        ...entered.map((cgroup) =>
          boundCgroup(cgroup, cgroup.bindings[0]?.mode ?? OPEN_MODE)
        ),
      ],
    };
  });
}

/** Whether a cgroup of exec or `ip vrf exec` waits for the next process. */
function isIdle({ entered, processes }: PlacedCgroup): boolean {
  return entered !== undefined && processes === 0;
}

function isBoundTo({ bindings }: PlacedCgroup, id: number): boolean {
  return bindings.some(({ mapId }) => mapId === id);
}

function stateOf(
  netdev: Netdev | undefined,
  binding: Binding | undefined,
): State {
  if (binding?.isHere === false) return "elsewhere";
  if (netdev === undefined) return "absent";
  if (binding === undefined) return "unbound";
  return netdev.ifindex === binding.ifindex ? "bound" : "stale";
}
