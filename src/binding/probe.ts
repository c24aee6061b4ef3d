/** Tries whether the kernel can do what a mode needs. */

import { attachUnpinned } from "./attachment.ts";
import { cgroupPath, inNewCgroup, visibleRoot } from "../cgroup/cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { LOOPBACK_IFINDEX } from "../os/constants.ts";
import { ifindexOfSocket } from "../os/socket.ts";
import type { Mode } from "../programs/modes.ts";

/**
 * Loads the programs of a mode, attaches them to a temporary cgroup, and
 * creates a socket there.
 *
 * @throws {UserError} If the kernel refuses any of it, or the socket is not
 * bound.
 */
export function assertWorks(mode: Mode): void {
  // At the root, so that nothing else that is bound is around it.
  const path = `${cgroupPath(visibleRoot())}/denovrf-probe-${Deno.pid}`;
  const ifindex = inNewCgroup(path, () => {
    attachUnpinned(LOOPBACK_IFINDEX, mode, path);
    return ifindexOfSocket();
  });
  if (ifindex === LOOPBACK_IFINDEX) return;
  throw new UserError(
    `Cannot bind sockets: with the programs attached, one is bound to ifindex ${ifindex} and not to ${LOOPBACK_IFINDEX}`,
    { remedy: "See what else is attached: bpftool cgroup tree" },
  );
}
