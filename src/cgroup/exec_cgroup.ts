/** Names of the cgroups and scopes that `denovrf exec` creates. */

const PREFIX = "denovrf-exec-";

/** A name no other process has, or ever had. */
export function execName(pid: number, now: number): string {
  return `${PREFIX}${pid}-${now.toString(36)}`;
}

/**
 * The cgroup around what `denovrf exec` and `ip vrf exec` have created for a
 * process. iproute2 recognizes its own by "/vrf/" too (ip/ipvrf.c).
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
