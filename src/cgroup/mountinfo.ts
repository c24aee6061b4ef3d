/** Reads /proc/self/mountinfo; see proc_pid_mountinfo(5). */

/** A mount of the cgroup2 file system. */
export interface Cgroup2Mount {
  /** Where it is mounted. */
  readonly mountPoint: string;
  /** The cgroup that is mounted there: not "/" in some containers. */
  readonly root: string;
}

/** The flags that a hierarchy of cgroup2 can have; see cgroups(7). */
const FLAGS: readonly string[] = [
  ...["nsdelegate", "favordynmods", "memory_localevents"],
  ...["memory_recursiveprot", "memory_hugetlb_accounting", "pids_localevents"],
];

/** The first mount of cgroup2, if there is one. */
export function findCgroup2Mount(mountinfo: string): Cgroup2Mount | undefined {
  for (const line of mountinfo.split("\n")) {
    const [fields = "", fileSystem = ""] = line.split(" - ", 2);
    if (!fileSystem.startsWith("cgroup2 ")) continue;
    const [, , , root, mountPoint] = fields.split(" ");
    if (root === undefined || mountPoint === undefined) continue;
    return {
      root: unescapeOctal(root),
      mountPoint: unescapeOctal(mountPoint),
    };
  }
  return undefined;
}

/** The flags of the cgroup2 hierarchy, which all of its mounts share. */
export function cgroup2Flags(mountinfo: string): string[] {
  const options = mountinfo.split("\n")
    .map((line) => line.split(" - ", 2)[1]?.split(" ") ?? [])
    .find(([fileSystem]) => fileSystem === "cgroup2")?.at(2) ?? "";
  return options.split(",").filter((option) => FLAGS.includes(option));
}

/** The controllers that cgroup v1 has, by its mounts. */
export function controllersOfV1(mountinfo: string): string[] {
  return mountinfo.split("\n")
    .map((line) => line.split(" - ", 2)[1]?.split(" ") ?? [])
    .filter(([fileSystem]) => fileSystem === "cgroup")
    .flatMap(([, , options = ""]) => options.split(","));
}

/**
 * The path in the file system of a cgroup; `undefined` if the mount does not
 * show it.
 *
 * @param cgroup Its path as in /proc/PID/cgroup.
 */
export function pathBelow(
  { mountPoint, root }: Cgroup2Mount,
  cgroup: string,
): string | undefined {
  const prefix = root === "/" ? "" : root;
  const path = cgroup === "/" ? "" : cgroup;
  if (path === prefix) return mountPoint;
  if (!path.startsWith(`${prefix}/`) || path.startsWith("/../")) {
    return undefined;
  }
  return `${mountPoint}${path.slice(prefix.length)}`;
}

/** The kernel writes white space and backslashes as `\040`. */
function unescapeOctal(field: string): string {
  return field.replace(
    /\\([0-7]{3})/g,
    (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
