/** The cgroup2 hierarchy of this machine. */

import {
  cgroup2Flags,
  type Cgroup2Mount,
  findCgroup2Mount,
  pathBelow,
} from "./mountinfo.ts";
import { cgroup2Of } from "./proc_cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import {
  flock,
  makeDirectories,
  openToWrite,
  readText,
  removeDirectoryIfEmpty,
  writeText,
} from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { mountUnseen } from "../os/mount.ts";

/**
 * The path in the file system of a cgroup.
 *
 * @param cgroup Its path below the root of the hierarchy, as in
 * /proc/PID/cgroup.
 * @throws {UserError} If it cannot be seen.
 */
export function cgroupPath(cgroup: string): string {
  const mount = mountOfOwnCgroup();
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
  return mountOfOwnCgroup().root;
}

/** Refuses a machine on which no cgroup2 is mounted, as systemd needs it. */
export function assertCgroup2Mounted(): void {
  if (mountedCgroup2() === undefined) throw notMounted();
}

let mountFound: Cgroup2Mount | undefined;

/** Keeps a mount that nobody sees for as long as this process runs. */
let unseen: Fd | undefined;

/**
 * The mount by which cgroups are reached: the one that is there, or one that
 * nobody sees if there is none, as under `ip netns exec`, or if it does not show
 * the cgroup of this process, as in a cgroup namespace with the outer mount.
 */
function mountOfOwnCgroup(): Cgroup2Mount {
  return mountFound ??= findMountOf(ownCgroup());
}

function findMountOf(cgroup: string): Cgroup2Mount {
  const mounted = mountedCgroup2();
  if (mounted !== undefined && pathBelow(mounted, cgroup) !== undefined) {
    return mounted;
  }
  unseen ??= unlessErrno(
    [ERRNO.EPERM],
    // In the initial cgroup namespace, a mount changes the flags of the whole
    // hierarchy (apply_cgroup_root_flags() in kernel/cgroup/cgroup.c).
    () => mountUnseen("cgroup2", cgroup2Flags(readText("/proc/1/mountinfo"))),
  );
  if (unseen === undefined) throw notMounted();
  return { mountPoint: `/proc/self/fd/${unseen.number}`, root: "/" };
}

function mountedCgroup2(): Cgroup2Mount | undefined {
  return findCgroup2Mount(readText("/proc/self/mountinfo"));
}

function notMounted(): UserError {
  return new UserError(
    "Cannot find cgroups: no cgroup2 is mounted that shows them",
    { remedy: "Boot without systemd.unified_cgroup_hierarchy=0" },
  );
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

/**
 * Keeps other denovrf processes from attaching to a cgroup until the returned
 * object is disposed of. What is locked is a file that only who may kill what is
 * in the cgroup can open; it exists since Linux 5.14.
 */
export function lockCgroup(path: string): Disposable {
  const file = `${path}/cgroup.kill`;
  using stack = new DisposableStack();
  flock(stack.use(openToWrite(file)), file);
  return stack.move();
}

/** Moves this process into a cgroup. */
export function enterCgroup(path: string): void {
  writeText(`${path}/cgroup.procs`, `${Deno.pid}`);
}
