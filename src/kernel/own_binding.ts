/**
 * Which binding a cgroup of exec gets: the VRF's, which is pinned and follows
 * it, or one of its own, which lives for as long as the cgroup.
 */

import { attachedMapForHere, attachWithMap, isAttached } from "./attachment.ts";
import { isBpffsMounted } from "./bpffs.ts";
import { holdPins } from "./hold_pins.ts";
import { createBindingMap, openMap, readBinding, setIfindex } from "./map.ts";
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

/** Whether a VRF's pinned binding is right, and attached to a cgroup. */
export function isPinnedAndAttached(
  ifname: string,
  ifindex: number,
  path: string,
  mode: Mode,
): boolean {
  using _held = holdPins();
  using map = openMap(ifname);
  return map !== undefined && readBinding(map).ifindex === ifindex &&
    isAttached(map, path, mode);
}

/**
 * Attaches the programs of a mode to a cgroup, with a map that nothing else has.
 * What is attached already stays, and gets the ifindex that the VRF has now.
 *
 * @param isWhole Whether all has been attached before.
 */
export function attachOwnBinding(
  ifindex: number,
  path: string,
  mode: Mode,
  isWhole: boolean,
): void {
  using map = attachedMapForHere(path) ??
    createBindingMap(ifindex, netnsCookie());
  setIfindex(map, ifindex);
  if (!isWhole || !isAttached(map, path, mode)) attachWithMap(map, path, mode);
}
