/** In which VRF processes are: that of the innermost binding around them. */

import { attachedBindings } from "../binding/attachment.ts";
import { bindings } from "../binding/binding.ts";
import { cgroupPath, visibleRoot } from "../cgroup/cgroup.ts";
import { vrfOfIproute2 } from "../cgroup/exec_cgroup.ts";
import { cgroup2Of, cgroupsAbove } from "../cgroup/proc_cgroup.ts";
import {
  type CgroupNode,
  processesIn,
  readCgroupTree,
} from "../cgroup/tree.ts";
import { UserError } from "../messages/errors.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { readText } from "../os/files.ts";
import { type Mode, PLAIN_MODE } from "../programs/modes.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";
import { namesOfDropIns } from "../systemd/unit_name.ts";

/** Names the interface to which the binding of a map binds. */
export type NameMap = (mapId: number) => string | undefined;

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

/** The VRF in which a cgroup's unit, or its template, is to be. */
export function declaredVrf(
  declared: ReadonlyMap<string, string>,
  cgroup: string,
): string | undefined {
  return namesOfDropIns(unitOfCgroup(cgroup) ?? "")
    .map((name) => declared.get(name)).find((ifname) => ifname !== undefined);
}

/** Names maps by the bindings that are pinned now. */
function nameMaps(): NameMap {
  const names = new Map(bindings().map(({ mapId, ifname }) => [mapId, ifname]));
  return (mapId) => names.get(mapId);
}

/**
 * The VRF that a process is in; `undefined` for the default one.
 *
 * @throws {UserError} Where there is no such process.
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
    const found = membershipIn(above, cgroupPath(above), name);
    if (found !== undefined) return found.ifname;
  }
  return undefined;
}

/**
 * Every process that is in any VRF.
 *
 * @param declared Units that are to be in a VRF, even where nothing is attached
 * to them.
 */
export function members(
  declared: ReadonlyMap<string, string> = new Map(),
): Member[] {
  return membersIn(readCgroupTree(), undefined, nameMaps(), declared);
}

function membersIn(
  node: CgroupNode,
  outer: Membership | undefined,
  name: NameMap,
  declared: ReadonlyMap<string, string>,
): Member[] {
  const { cgroup, path } = node;
  const membership = membershipIn(cgroup, path, name) ??
    plainMembership(declaredVrf(declared, cgroup)) ?? outer;
  const own = membership === undefined
    ? []
    : processesIn(node).map((pid) => ({ ...membership, pid, cgroup }));
  return [
    ...own,
    ...node.children.flatMap((child) =>
      membersIn(child, membership, name, declared)
    ),
  ];
}

/** What a cgroup itself is bound to, by us or by `ip vrf exec`. */
function membershipIn(
  cgroup: string,
  path: string,
  name: NameMap,
): Membership | undefined {
  for (const { mapId, mode } of attachedBindings(path)) {
    const ifname = name(mapId);
    if (ifname !== undefined) return { ifname, mode };
  }
  return plainMembership(vrfOfIproute2(cgroup));
}

function plainMembership(ifname: string | undefined): Membership | undefined {
  return ifname === undefined ? undefined : { ifname, mode: PLAIN_MODE };
}
