/** Looks at the whole machine: which cgroups are in which VRF. */

import { attachedBindings, isPurged } from "../binding/attachment.ts";
import { bindings } from "../binding/binding.ts";
import { boundUnits } from "../bound_units/bound_units.ts";
import {
  type CgroupNode,
  countProcesses,
  readCgroupTree,
} from "../cgroup/tree.ts";
import { declaredVrf } from "./membership.ts";
import {
  type Attachment,
  type BoundCgroup,
  boundCgroup,
  type Declaration,
  type VrfReport,
  vrfReports,
} from "./vrf_report.ts";
import { listNetdevs } from "../iproute2/netdev.ts";

/** What there is on the machine. */
export interface Survey {
  readonly vrfs: readonly VrfReport[];
  /** Cgroups that are bound by a binding without pins. */
  readonly orphans: readonly BoundCgroup[];
}

/** Every VRF and every binding, and the cgroups in them. */
export function survey(): Survey {
  const attachments: Attachment[] = [];
  const declarations: Declaration[] = [];
  const declared = boundUnits();
  for (const node of allCgroups(readCgroupTree())) {
    const { cgroup } = node;
    const attached = attachedBindings(node.path);
    const ifname = declaredVrf(declared, cgroup);
    if (attached.length === 0 && ifname === undefined) continue;
    const processes = countProcesses(node);
    for (const { mapId, mode } of attached) {
      attachments.push({ cgroup, mapId, mode, processes });
    }
    if (ifname !== undefined) declarations.push({ cgroup, ifname, processes });
  }
  const pinned = bindings();
  const pinnedIds = new Set(pinned.map(({ mapId }) => mapId));
  return {
    vrfs: vrfReports(listNetdevs(), pinned, attachments, declarations),
    orphans: attachments
      .filter(({ mapId }) => !pinnedIds.has(mapId) && isPurged(mapId))
      .map((attachment) => boundCgroup(attachment, attachment.mode)),
  };
}

/** A cgroup and everything inside, in the order of the paths. */
function* allCgroups(node: CgroupNode): Generator<CgroupNode> {
  yield node;
  for (const child of node.children) yield* allCgroups(child);
}
