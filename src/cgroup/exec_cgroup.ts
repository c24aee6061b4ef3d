/** Names of the cgroups and scopes that `denovrf exec` makes. Pure. */

const PREFIX = "denovrf-exec-";

/** A name that no other process's has, and none that has been. */
export function execName(pid: number, now: number): string {
  return `${PREFIX}${pid}-${now.toString(36)}`;
}

/**
 * The cgroup that a process is in, less what `denovrf exec` and `ip vrf exec`
 * have made for it. The latter takes "/vrf/" for the beginning of that too
 * (ip/ipvrf.c of iproute2).
 */
export function outsideOfExec(cgroup: string): string {
  const names = cgroup.split("/").slice(1);
  const end = names.findIndex((name, at) =>
    name.startsWith(PREFIX) || (name === "vrf" && at + 1 < names.length)
  );
  return end < 0 ? cgroup : `/${names.slice(0, end).join("/")}`;
}

/** The VRF whose cgroup of `ip vrf exec` this is, if it is one. */
export function vrfOfIproute2(cgroup: string): string | undefined {
  return /\/vrf\/([^/]+)$/.exec(cgroup)?.[1];
}
