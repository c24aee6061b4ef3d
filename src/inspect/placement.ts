/** Walks the cgroups of this machine, and says what places each in a VRF. */

import {
  type AttachedBinding,
  attachedBindings,
} from "../kernel/attachment.ts";
import { vrfByDropIns } from "../bound_units/specifier.ts";
import { parseEntered, vrfOfIproute2 } from "../cgroup/vrf_cgroup.ts";
import { type CgroupNode, readCgroupTree } from "../cgroup/tree.ts";
import { netnsInode } from "../os/netns.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";

/** A cgroup, and what places it in a VRF. */
export interface Placement extends CgroupNode {
  /** The bindings that are attached to it. */
  readonly bindings: readonly AttachedBinding[];
  /** The VRF in which drop-ins put its unit, if they do. */
  readonly declared: string | undefined;
  /**
   * The VRF of this network namespace that its processes have entered, by exec
   * or `ip vrf exec`, if they have.
   */
  readonly entered: string | undefined;
  /** The cgroup around it; `undefined` for the root. */
  readonly outer: Placement | undefined;
}

/**
 * Every cgroup that can be seen, each after the one around it.
 *
 * @param declared The VRFs in which drop-ins put units, or specifiers that
 * name them, by unit.
 */
export function* placements(
  declared: ReadonlyMap<string, string>,
  node: CgroupNode = readCgroupTree(),
  outer?: Placement,
): Generator<Placement> {
  const placement = {
    ...node,
    bindings: attachedBindings(node.path),
    declared: declaredVrf(declared, node.cgroup),
    entered: vrfOfIproute2(node.cgroup) ?? vrfOfExec(node.cgroup),
    outer,
  };
  yield placement;
  for (const child of node.children) {
    yield* placements(declared, child, placement);
  }
}

function vrfOfExec(cgroup: string): string | undefined {
  const found = parseEntered(cgroup);
  return found?.netns === netnsInode("self") ? found?.ifname : undefined;
}

/** The VRF in which drop-ins put a cgroup's unit, or its template. */
function declaredVrf(
  declared: ReadonlyMap<string, string>,
  cgroup: string,
): string | undefined {
  return vrfByDropIns(
    unitOfCgroup(cgroup) ?? "",
    (name) => declared.get(name),
  );
}
