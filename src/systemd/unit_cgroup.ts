/** Which cgroup systemd gives a unit. */

/**
 * The path of a unit's cgroup, below the root of the hierarchy.
 *
 * @param slice The slice that the unit is in; for a slice, itself.
 */
export function cgroupOfUnit(unit: string, slice: string): string {
  if (unit.endsWith(".slice")) return cgroupOfSlice(unit);
  return `${cgroupOfSlice(slice)}/${escape(unit)}`;
}

/** The unit that a cgroup is; `undefined` if it is not one of systemd's. */
export function unitOfCgroup(cgroup: string): string | undefined {
  const name = cgroup.slice(cgroup.lastIndexOf("/") + 1);
  return /.\.(?:service|scope|slice|socket|mount|swap)$/.test(name)
    ? name.replace(/^_/, "")
    : undefined;
}

/** The service or scope, say, that a cgroup is or is inside of; no slice. */
export function unitAround(cgroup: string): string | undefined {
  return cgroup.split("/").map(unitOfCgroup)
    .findLast((unit) => unit !== undefined && !unit.endsWith(".slice"));
}

/** `a-b.slice` is inside `a.slice`; see systemd.slice(5). */
function cgroupOfSlice(slice: string): string {
  if (slice === "-.slice") return "";
  const parts = slice.slice(0, -".slice".length).split("-");
  return parts
    .map((_, at) => `/${escape(`${parts.slice(0, at + 1).join("-")}.slice`)}`)
    .join("");
}

/**
 * Names that could be a file of the kernel's get an underscore in front:
 * cg_escape() in systemd's src/basic/cgroup-util.c.
 */
function escape(name: string): string {
  return /^(?:_|\.|notify_on_release$|release_agent$|tasks$|(?:cgroup|cpu|cpuacct|cpuset|io|blkio|memory|devices|pids|bpf-\w+)\.)/
      .test(name)
    ? `_${name}`
    : name;
}
