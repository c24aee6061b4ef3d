/** The cgroup2 hierarchy of this machine. */

import { findCgroup2Mount, pathBelow } from "./mountinfo.ts";
import { cgroup2Of } from "./proc_cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import {
  makeDirectories,
  readText,
  removeDirectoryIfEmpty,
  writeText,
} from "../os/files.ts";

/**
 * The path in the file system of a cgroup.
 *
 * @param cgroup Its path below the root of the hierarchy, as in
 * /proc/PID/cgroup.
 * @throws {UserError} If cgroup2 is not mounted, or its mount does not show it.
 */
export function cgroupPath(cgroup: string): string {
  const mount = findCgroup2Mount(readText("/proc/self/mountinfo"));
  if (mount === undefined) {
    throw new UserError("Cannot find cgroups: no cgroup2 is mounted", {
      remedy: "Boot without systemd.unified_cgroup_hierarchy=0",
    });
  }
  const path = pathBelow(mount, cgroup);
  if (path !== undefined) return path;
  throw new UserError(
    `Cannot find cgroup ${quote(cgroup)}: ${
      quote(mount.mountPoint)
    } does not show it`,
  );
}

/** The cgroup at the mount point of cgroup2: not "/" in some containers. */
export function visibleRoot(): string {
  return findCgroup2Mount(readText("/proc/self/mountinfo"))?.root ?? "/";
}

/** The cgroup that this process is in, as a path from the hierarchy's root. */
export function ownCgroup(): string {
  const cgroup = cgroup2Of(readText("/proc/self/cgroup"));
  if (cgroup !== undefined) return cgroup;
  throw new UserError("Cannot find cgroups: the kernel has no cgroup2");
}

/** Creates a cgroup, with missing parents. */
export function makeCgroup(path: string): void {
  makeDirectories(path, 0o755);
}

/**
 * Runs `act` in a new cgroup, which is removed afterwards.
 *
 * @param path The path of the cgroup in the file system.
 */
export function inNewCgroup<T>(path: string, act: () => T): T {
  const home = cgroupPath(ownCgroup());
  makeCgroup(path);
  try {
    enterCgroup(path);
    return act();
  } finally {
    enterCgroup(home);
    removeDirectoryIfEmpty(path);
  }
}

/** Moves this process into a cgroup. */
export function enterCgroup(path: string): void {
  writeText(`${path}/cgroup.procs`, `${Deno.pid}`);
}
