/**
 * Which binding a cgroup of exec gets: the VRF's, which is pinned and follows
 * it, or one of its own, which lives for as long as the cgroup.
 */

import { attachedMapIds, attachMaps, isAttached } from "./attachment.ts";
import { isBpffsMounted } from "./bpffs.ts";
import { holdPins } from "./hold_pins.ts";
import {
  createFilterMap,
  createMaps,
  isBindingMap,
  isFilterMap,
  type Maps,
  openMap,
  ownMaps,
  readBinding,
  setIfindex,
  setLeaked,
} from "./maps.ts";
import { openMapById } from "../bpf/libbpf.ts";
import type { Netdev } from "../iproute2/netdev.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { isRoot } from "../os/libc.ts";
import { netnsCookie, netnsInode } from "../os/netns.ts";
import type { Mode } from "../programs/modes.ts";

/**
 * Whether a VRF has pins for this network namespace, or should: those of other
 * namespaces would be in the way of the machine's, which are found by the name
 * of the VRF, and nothing would follow their VRFs.
 */
export function usesPins(ifname: string): boolean {
  if (!isBpffsMounted()) return false;
  const cookie = pinnedCookie(ifname);
  if (cookie !== undefined) return cookie === netnsCookie();
  return isRoot() && netnsInode("self") === netnsInode(1);
}

/** The namespace that a VRF's pins are for; `undefined` if none can be seen. */
function pinnedCookie(ifname: string): bigint | undefined {
  return unlessErrno([ERRNO.EACCES], () => {
    using _held = holdPins();
    using map = openMap(ifname);
    return map === undefined ? undefined : readBinding(map).cookie;
  });
}

/**
 * Whether a VRF's pinned binding has an ifindex, and is attached to a cgroup.
 * Then there is nothing to do for exec. Nobody is kept from changing pins, nor
 * asked whose they are: what counts is that the cgroup has that very map.
 */
export function isPinnedAndAttached(
  ifname: string,
  ifindex: number,
  path: string,
  mode: Mode,
): boolean {
  if (!isBpffsMounted()) return false;
  return unlessErrno([ERRNO.EACCES], () => {
    using map = openMap(ifname);
    return map !== undefined && readBinding(map).ifindex === ifindex &&
      isAttached(map, path, mode);
  }) ?? false;
}

/**
 * Attaches the programs of a mode to a cgroup, with maps that nothing else has.
 * What is attached already stays, and follows the VRF as it is now.
 *
 * @param path The path of the cgroup in the file system.
 * @param leaked The devices outside of the VRF to which its table routes.
 */
export function attachOwnBinding(
  { ifindex }: Netdev,
  leaked: readonly Netdev[],
  path: string,
  mode: Mode,
): void {
  using maps = attachedMaps(path) ?? createMaps(ifindex, netnsCookie());
  setIfindex(maps.binding, readBinding(maps.binding), ifindex);
  setLeaked(maps.filter, leaked.map(({ ifindex }) => ifindex));
  if (!isAttached(maps.binding, path, mode)) attachMaps(maps, path, mode);
}

/** The maps of what is attached to a cgroup, if that is for this namespace. */
function attachedMaps(path: string): Maps | undefined {
  using stack = new DisposableStack();
  const maps = attachedMapIds(path).flatMap((id) => openMapById(id) ?? [])
    .map((map) => stack.use(map));
  const binding = maps.find((map) =>
    isBindingMap(map) && readBinding(map).cookie === netnsCookie()
  );
  if (binding === undefined) return undefined;
  // The open mode reads none.
  const filter = maps.find(isFilterMap) ?? stack.use(createFilterMap());
  return ownMaps(stack, binding, filter);
}
