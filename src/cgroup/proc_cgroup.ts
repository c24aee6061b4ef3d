/** Reads /proc/PID/cgroup, and the names in its paths; see cgroups(7). */

/** The cgroup in the cgroup2 hierarchy, as a path from its root. */
export function cgroup2Of(procCgroup: string): string | undefined {
  return /^0::(\/.*)$/m.exec(procCgroup)?.[1];
}

/**
 * A cgroup and those around it, from the inside out.
 *
 * @param root The outermost one that can be seen.
 */
export function cgroupsAbove(cgroup: string, root: string): string[] {
  const names = cgroup.split("/").slice(1).filter((name) => name !== "");
  return Array.from(
    { length: names.length + 1 },
    (_, at) => `/${names.slice(0, names.length - at).join("/")}`,
  ).filter((above) => above.length >= root.length);
}
