/** Which sockets are outside of the VRF of the process that has them. */

import { unitOfCgroup } from "./cgroup/unit_path.ts";
import { type IpSocket, ipSocketsOf } from "./libc/ip_sockets.ts";
import { netnsCookie } from "./libc/netns.ts";
import { commandName } from "./libc/proc.ts";
import type { Member } from "./membership.ts";
import type { Netdev } from "./netdev/netdev.ts";

/** A socket outside of its process's VRF. The shape of `verify --json`. */
export interface Finding {
  /** The unit, or where there is none, the cgroup. */
  readonly unit: string;
  readonly pid: number;
  readonly process: string;
  readonly protocol: string;
  readonly local: string;
  readonly remote: string;
  /** The device that it is bound to, `null` for none. */
  readonly device: string | null;
  /** The VRF in which it should be. */
  readonly vrf: string;
}

/** What was checked, and what came of it. */
export interface Verification {
  readonly processes: number;
  readonly sockets: number;
  readonly findings: readonly Finding[];
}

/**
 * Checks the sockets of processes against the VRFs that these are in. A socket
 * that several processes of a VRF have is checked once.
 */
export function verifySockets(
  members: readonly Member[],
  netdevs: readonly Netdev[],
): Verification {
  const cookie = netnsCookie();
  const inodes = new Set<string>();
  const checked = new Set<string>();
  const findings: Finding[] = [];
  for (const member of members) {
    for (const socket of ipSocketsOf(member.pid)) {
      const key = `${socket.inode} ${member.ifname}`;
      if (socket.netnsCookie !== cookie || checked.has(key)) continue;
      checked.add(key);
      inodes.add(socket.inode);
      if (isInside(socket, member.ifname, netdevs)) continue;
      findings.push(finding(socket, member, netdevs));
    }
  }
  return { processes: members.length, sockets: inodes.size, findings };
}

/**
 * Whether a socket is bound to the VRF, to a device in it, or to one that is
 * gone, by which nothing can be sent.
 */
export function isInside(
  { ifindex }: Pick<IpSocket, "ifindex">,
  vrf: string,
  netdevs: readonly Netdev[],
): boolean {
  if (ifindex === 0) return false;
  const device = netdevs.find((netdev) => netdev.ifindex === ifindex);
  return device === undefined || device.ifname === vrf || device.master === vrf;
}

function finding(
  { protocol, local, remote, ifindex }: IpSocket,
  { pid, cgroup, ifname }: Member,
  netdevs: readonly Netdev[],
): Finding {
  const device = netdevs.find((netdev) => netdev.ifindex === ifindex);
  return {
    unit: unitOfCgroup(cgroup) ?? cgroup,
    pid,
    process: commandName(pid) ?? "",
    protocol,
    local,
    remote,
    device: device?.ifname ?? null,
    vrf: ifname,
  };
}
