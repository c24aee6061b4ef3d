/** How exec binds a cgroup to a VRF that is not bound to it yet. */

import { provideBinding } from "./provide_binding.ts";
import { lockCgroup, makeCgroup } from "../../cgroup/cgroup.ts";
import { findNetdev, queryRoutes } from "../../iproute2/netdev.ts";
import { attachTo } from "../../kernel/attachment.ts";
import { attachOwnBinding, usesPins } from "../../kernel/cgroup_binding.ts";
import type { Mode } from "../../programs/modes.ts";

/**
 * Makes a cgroup, and attaches a VRF's binding to it, or one of its own.
 *
 * @param path The path of the cgroup in the file system.
 * @returns What sockets are bound to there.
 */
export function bindCgroup(path: string, ifname: string, mode: Mode): number {
  if (usesPins(ifname)) {
    const { ifindex } = provideBinding(ifname);
    makeCgroup(path);
    attachTo(ifname, path, mode);
    return ifindex;
  }
  const netdev = findNetdev(ifname);
  const { leaked } = queryRoutes(netdev);
  makeCgroup(path);
  using _locked = lockCgroup(path);
  attachOwnBinding(netdev, leaked, path, mode);
  return netdev.ifindex;
}
