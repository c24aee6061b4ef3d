/** Which VRF a process is in: that of the innermost bound cgroup around it. */

import {
  type AttachedBinding,
  attachedBindings,
} from "../binding/attachment.ts";
import { bindings } from "../binding/binding.ts";
import { cgroupPath, visibleRoot } from "../cgroup/cgroup.ts";
import { vrfOfIproute2 } from "../cgroup/exec_cgroup.ts";
import { cgroup2Of, cgroupsAbove } from "../cgroup/proc_cgroup.ts";
import { processesIn } from "../cgroup/tree.ts";
import { type Placement, placements } from "./placement.ts";
import { UserError } from "../messages/errors.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { readText } from "../os/files.ts";
import { type Mode, PLAIN_MODE } from "../programs/modes.ts";

/** A VRF, and how what is in it is bound. */
export interface Membership {
  readonly ifname: string;
  readonly mode: Mode;
}

/** A process that is in a VRF. */
export interface Member extends Membership {
  readonly pid: number;
  readonly cgroup: string;
}

/** The interface that a binding map is for, by map id. */
type NameMap = (mapId: number) => string | undefined;

/** Names maps by the bindings that are pinned now. */
function nameMaps(): NameMap {
  const names = new Map(bindings().map(({ mapId, ifname }) => [mapId, ifname]));
  return (mapId) => names.get(mapId);
}

/**
 * The VRF that a process is in; `undefined` for the default one.
 *
 * @throws {UserError} If there is no such process.
 */
export function vrfOfProcess(pid: number): string | undefined {
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
    const attached = attachedBindings(cgroupPath(above));
    const found = ownMembership(above, attached, name);
    if (found !== undefined) return found.ifname;
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
    return processesIn(placement)
      .map((pid) => ({ ...membership, pid, cgroup }));
  });
}

function membershipOf(
  { cgroup, bindings, declared, outer }: Placement,
  name: NameMap,
): Membership | undefined {
  return ownMembership(cgroup, bindings, name) ??
    plainMembership(declared) ??
    (outer === undefined ? undefined : membershipOf(outer, name));
}

/** What a cgroup itself is bound to, by us or by `ip vrf exec`. */
function ownMembership(
  cgroup: string,
  attached: readonly AttachedBinding[],
  name: NameMap,
): Membership | undefined {
  for (const { mapId, mode } of attached) {
    const ifname = name(mapId);
    if (ifname !== undefined) return { ifname, mode };
  }
  return plainMembership(vrfOfIproute2(cgroup));
}

function plainMembership(ifname: string | undefined): Membership | undefined {
  return ifname === undefined ? undefined : { ifname, mode: PLAIN_MODE };
}
