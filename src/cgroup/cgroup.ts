/** The cgroup2 hierarchy of this machine. */

import { UserError } from "../errors.ts";
import { exists, makeDirectory, readText } from "../libc/files.ts";
import { findCgroup2Mount } from "./mountinfo.ts";

/**
 * The path in the file system of a cgroup.
 *
 * @param cgroup Its path below the root of the hierarchy, as in /proc/PID/cgroup.
 * @throws {UserError} Where cgroup2 is not mounted.
 */
export function cgroupPath(cgroup: string): string {
  const mount = findCgroup2Mount(readText("/proc/self/mountinfo"));
  if (mount !== undefined) return `${mount}${cgroup}`;
  throw new UserError("Cannot find cgroups: no cgroup2 is mounted", {
    remedy: "Boot without systemd.unified_cgroup_hierarchy=0",
  });
}

/** Makes a cgroup and those that it is in, as far as they lack. */
export function makeCgroup(path: string): void {
  if (exists(path)) return;
  makeCgroup(path.slice(0, path.lastIndexOf("/")));
  makeDirectory(path, 0o755);
}
