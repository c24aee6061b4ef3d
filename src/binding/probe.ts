/** Tries what a mode needs of the kernel. */

import { attachUnpinned } from "./attachment.ts";
import { cgroupPath, inNewCgroup, visibleRoot } from "../cgroup/cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { LOOPBACK_IFINDEX } from "../os/constants.ts";
import { ifindexOfSocket } from "../os/socket.ts";
import type { Mode } from "../programs/modes.ts";

/**
 * Loads the programs of a mode, attaches them to a cgroup that is gone
 * afterwards, and binds a socket there.
 *
 * @throws {UserError} Where the kernel refuses any of it, or nothing comes of it.
 */
export function assertWorks(mode: Mode): void {
  // Outside of whatever binds this process.
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
