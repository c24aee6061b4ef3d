/** Tries whether the kernel can do what modes need. */

import {
  attachUnpinned,
  unsupportedPrograms as unsupportedIn,
} from "./attachment.ts";
import {
  cgroupPath,
  inNewCgroup,
  makeCgroup,
  visibleRoot,
} from "../cgroup/cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { removeDirectoryIfEmpty } from "../os/files.ts";
import { LOOPBACK_IFINDEX } from "../os/constants.ts";
import { ifindexOfSocket } from "../os/socket.ts";
import { type Mode, PLAIN_MODE } from "../programs/modes.ts";

/**
 * Loads the programs of a mode, attaches them to a temporary cgroup, and
 * creates a socket there.
 *
 * @throws {UserError} If the kernel refuses any of it, or the socket is not
 * bound.
 */
export function assertWorks(mode: Mode): void {
  const path = probePath();
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

/**
 * Says which programs of the plain mode the kernel cannot have, and why: tries
 * them in a temporary cgroup, without a process in it.
 */
export function unsupportedPrograms(): { name: string; reason: UserError }[] {
  const path = probePath();
  makeCgroup(path);
  try {
    return unsupportedIn(PLAIN_MODE, path);
  } finally {
    removeDirectoryIfEmpty(path);
  }
}

/** At the root, so that nothing else that is bound is around it. */
function probePath(): string {
  return `${cgroupPath(visibleRoot())}/denovrf-probe-${Deno.pid}`;
}
