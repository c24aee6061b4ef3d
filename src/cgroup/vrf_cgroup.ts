/**
 * The cgroups of commands that have entered a VRF, by their names: those of
 * `denovrf exec` and of `ip vrf exec`.
 */

/**
 * What a cgroup of `denovrf exec` is for. One cgroup cannot be for two of them:
 * other programs are attached to it, or the same with another map.
 */
export interface EnteredVrf {
  readonly ifname: string;
  /** The mode, in words of its own. */
  readonly mode: string;
  /** The inode of the network namespace, in which the VRF is. */
  readonly netns: string;
}

const PREFIX = "denovrf";

/**
 * The cgroup to which the programs are attached, inside of another one. No name
 * of an interface contains a colon.
 */
export function cgroupToAttach(
  outside: string,
  { ifname, mode, netns }: EnteredVrf,
): string {
  const name = [PREFIX, ifname, mode, netns].join(":");
  return `${outside === "/" ? "" : outside}/${name}`;
}

/**
 * The cgroup that the command enters, inside of that. `ip vrf identify` and
 * `ip vrf pids` find VRFs by this form of path (ip/ipvrf.c of iproute2), and
 * `ip vrf exec` in the command can attach its own program to it: the kernel
 * refuses that beside programs of ours.
 */
export function cgroupToEnter(
  attached: string,
  { ifname }: EnteredVrf,
): string {
  return `${attached}/vrf/${ifname}`;
}

/** What the cgroup is for, if programs are attached to it for `denovrf exec`. */
export function parseEntered(cgroup: string): EnteredVrf | undefined {
  const [prefix, ifname, mode, netns, ...others] = cgroup.slice(
    cgroup.lastIndexOf("/") + 1,
  ).split(":");
  if (prefix !== PREFIX || others.length > 0) return undefined;
  if (!ifname || !mode || !netns) return undefined;
  return { ifname, mode, netns };
}

/** The cgroup around those that a process has entered by either tool. */
export function outsideOfVrfs(cgroup: string): string {
  const names = cgroup.split("/").slice(1);
  const end = names.findIndex((name, at) =>
    name.startsWith(`${PREFIX}:`) || (name === "vrf" && at + 1 < names.length)
  );
  return end < 0 ? cgroup : `/${names.slice(0, end).join("/")}`;
}

/** The VRF of a cgroup that is `ip vrf exec`'s alone. */
export function vrfOfIproute2(cgroup: string): string | undefined {
  const [, outside = "", ifname] = /^(.*)\/vrf\/([^/]+)$/.exec(cgroup) ?? [];
  return parseEntered(outside)?.ifname === ifname ? undefined : ifname;
}
