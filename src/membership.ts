/** In which VRF processes are: that of the innermost binding around them. */

import { attachedMapIds } from "./attachment.ts";
import { bindings } from "./binding.ts";
import { cgroupPath, visibleRoot } from "./cgroup/cgroup.ts";
import { vrfOfIproute2 } from "./cgroup/exec_cgroup.ts";
import { cgroup2Of, cgroupsAbove } from "./cgroup/proc_cgroup.ts";
import { type CgroupNode, processesIn, readCgroupTree } from "./cgroup/tree.ts";
import { unitOfCgroup } from "./cgroup/unit_path.ts";
import { ERRNO, unlessErrno, UserError } from "./errors.ts";
import { readText } from "./libc/files.ts";
import { templateOf } from "./systemd/unit_name.ts";

/** Names the interface to which the binding of a map binds. */
export type NameMap = (mapId: number) => string | undefined;

/** A process that is in a VRF. */
export interface Member {
  readonly pid: number;
  readonly cgroup: string;
  readonly ifname: string;
}

/** The VRF in which a cgroup's unit, or its template, is to be. */
export function declaredVrf(
  declared: ReadonlyMap<string, string>,
  cgroup: string,
): string | undefined {
  const unit = unitOfCgroup(cgroup) ?? "";
  return declared.get(unit) ?? declared.get(templateOf(unit));
}

/** Names maps by the bindings that are pinned now. */
export function nameMaps(): NameMap {
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
    const ifname = vrfOf(above, cgroupPath(above), name);
    if (ifname !== undefined) return ifname;
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
  outer: string | undefined,
  name: NameMap,
  declared: ReadonlyMap<string, string>,
): Member[] {
  const { cgroup, path } = node;
  const ifname = vrfOf(cgroup, path, name) ??
    declaredVrf(declared, cgroup) ?? outer;
  const own = ifname === undefined
    ? []
    : processesIn(node).map((pid) => ({ pid, cgroup, ifname }));
  return [
    ...own,
    ...node.children.flatMap((child) =>
      membersIn(child, ifname, name, declared)
    ),
  ];
}

/** The VRF that a cgroup itself is bound to, by us or by `ip vrf exec`. */
function vrfOf(
  cgroup: string,
  path: string,
  name: NameMap,
): string | undefined {
  const mapIds = unlessErrno([ERRNO.ENOENT], () => attachedMapIds(path)) ?? [];
  return mapIds.map(name).find((ifname) => ifname !== undefined) ??
    vrfOfIproute2(cgroup);
}
