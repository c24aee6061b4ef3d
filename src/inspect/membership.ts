/** Which VRF a process is in: that of the innermost bound cgroup around it. */

import { attachedBindings } from "../kernel/attachment.ts";
import { bindings } from "../kernel/binding.ts";
import { isBpffsMounted } from "../kernel/bpffs.ts";
import { cgroupPath, visibleRoot } from "../cgroup/cgroup.ts";
import {
  type EnteredVrf,
  parseEntered,
  vrfOfIproute2,
} from "../cgroup/vrf_cgroup.ts";
import { cgroup2Of, cgroupsAbove } from "../cgroup/proc_cgroup.ts";
import { processesIn } from "../cgroup/tree.ts";
import { type Placement, placements } from "./placement.ts";
import { UserError } from "../messages/errors.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { readText } from "../os/files.ts";
import { netnsInode, netnsName } from "../os/netns.ts";
import { type Mode, OPEN_MODE } from "../programs/modes.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";

/** A VRF, and how what is in it is bound. */
export interface Membership {
  readonly ifname: string;
  readonly mode: Mode;
  /** The name of the network namespace, if that is not this process's. */
  readonly netns?: string;
}

/** A process that is in a VRF. */
export interface Member extends Membership {
  readonly pid: number;
  readonly cgroup: string;
  /** The VRF of its unit, if it has left that for this one by itself. */
  readonly left: string | undefined;
}

/** The interface that a binding map is for, by map id. */
type NameMap = (mapId: number) => string | undefined;

/** Names maps by the bindings that are pinned now, if any can be seen. */
function nameMaps(): NameMap {
  const pinned = isBpffsMounted() ? bindings() : [];
  const names = new Map(pinned.map(({ mapId, ifname }) => [mapId, ifname]));
  return (mapId) => names.get(mapId);
}

/**
 * The VRF that a process is in; `undefined` for the default one.
 *
 * @throws {UserError} If there is no such process.
 */
export function vrfOfProcess(
  pid: number,
): Pick<Membership, "ifname" | "netns"> | undefined {
  const text = unlessErrno(
    [ERRNO.ENOENT, ERRNO.ESRCH],
    () => readText(`/proc/${pid}/cgroup`),
  );
  if (text === undefined) {
    throw new UserError(`Cannot identify ${pid}: there is no such process`);
  }
  const cgroup = cgroup2Of(text);
  if (cgroup === undefined) return undefined;
  const name = nameMaps();
  for (const above of cgroupsAbove(cgroup, visibleRoot())) {
    const found = ownMembership({
      cgroup: above,
      bindings: attachedBindings(cgroupPath(above)),
      entered: vrfOfIproute2(above),
    }, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Every process that is in any VRF.
 *
 * @param declared The VRFs in which drop-ins put units, by unit; these count
 * even if nothing is attached.
 */
export function members(
  declared: ReadonlyMap<string, string> = new Map(),
): Member[] {
  const name = nameMaps();
  return [...placements(declared)].flatMap((placement) => {
    const membership = membershipOf(placement, name);
    if (membership === undefined) return [];
    const { cgroup } = placement;
    const left = vrfLeft(placement, membership, name);
    return processesIn(placement)
      .map((pid) => ({ ...membership, pid, cgroup, left }));
  });
}

/** The VRF of the unit around a cgroup, if the cgroup is in another one. */
function vrfLeft(
  placement: Placement,
  { ifname }: Membership,
  name: NameMap,
): string | undefined {
  const unit = unitAround(placement);
  if (unit === undefined || unit === placement) return undefined;
  const membership = ownMembership(unit, name) ??
    unfiltered(unit.declared);
  return membership?.ifname === ifname ? undefined : membership?.ifname;
}

/** The unit that a cgroup is, or is inside of. */
function unitAround(placement: Placement): Placement | undefined {
  let at: Placement | undefined = placement;
  while (at !== undefined && unitOfCgroup(at.cgroup) === undefined) {
    at = at.outer;
  }
  return at;
}

function membershipOf(
  placement: Placement,
  name: NameMap,
): Membership | undefined {
  const { declared, outer } = placement;
  return ownMembership(placement, name) ??
    unfiltered(declared) ??
    (outer === undefined ? undefined : membershipOf(outer, name));
}

/** What a cgroup itself is bound to, by us or by `ip vrf exec`. */
function ownMembership(
  { cgroup, bindings, entered }: Pick<
    Placement,
    "cgroup" | "bindings" | "entered"
  >,
  name: NameMap,
): Membership | undefined {
  for (const { mapId, mode } of bindings) {
    const ofExec = parseEntered(cgroup);
    if (ofExec !== undefined) return membershipOfExec(ofExec, mode);
    const ifname = name(mapId);
    if (ifname !== undefined) return { ifname, mode };
  }
  return unfiltered(entered);
}

/** What the name of a cgroup of exec says, whose map need not be pinned. */
function membershipOfExec(
  { ifname, netns }: EnteredVrf,
  mode: Mode,
): Membership {
  return netns === netnsInode("self")
    ? { ifname, mode }
    : { ifname, mode, netns: netnsName(netns) };
}

/** Of a VRF whose programs of ours are not attached, or are iproute2's. */
function unfiltered(ifname: string | undefined): Membership | undefined {
  return ifname === undefined ? undefined : { ifname, mode: OPEN_MODE };
}
