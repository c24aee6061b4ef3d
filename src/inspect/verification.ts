/** Which sockets are outside of the VRF of the process that has them. */

import type { Member, Membership } from "./membership.ts";
import type { Netdev } from "../iproute2/ip_json.ts";
import type { CgroupOfSocket } from "../iproute2/ss.ts";
import { type IpSocket, ipSocketsOf } from "../os/ip_sockets.ts";
import { netnsCookie } from "../os/netns.ts";
import { commandName } from "../os/proc.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";

/**
 * How a socket stands to the VRF of its process. `unused`: in the loopback mode
 * one is bound when it turns to an address, and this one never has.
 */
export type Standing = "inside" | "outside" | "unused";

/** A socket that is not inside its process's VRF. The shape of `verify --json`. */
export interface StraySocket {
  readonly state: Exclude<Standing, "inside">;
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
  readonly findings: readonly StraySocket[];
}

/**
 * Checks the sockets of processes against the VRFs that these are in. A socket
 * that several processes of a VRF have is checked once.
 *
 * @param chosen Whose sockets are checked.
 * @param everyone Every process in a VRF, of whom any may have made them.
 */
export function verifySockets(
  chosen: readonly Member[],
  everyone: readonly Member[],
  netdevs: readonly Netdev[],
  makerOf: CgroupOfSocket,
): Verification {
  const cookie = netnsCookie();
  const inodes = new Set<string>();
  const checked = new Set<string>();
  const findings: StraySocket[] = [];
  for (const member of chosen) {
    for (const socket of ipSocketsOf(member.pid)) {
      const key = `${socket.inode} ${member.ifname}`;
      if (socket.netnsCookie !== cookie || checked.has(key)) continue;
      checked.add(key);
      inodes.add(socket.inode);
      const state = standingOf(
        socket,
        member,
        netdevs,
        () => isGuarded(makerOf(socket.inode), member, everyone),
      );
      if (state === "inside") continue;
      findings.push({ state, ...finding(socket, member, netdevs) });
    }
  }
  return { processes: chosen.length, sockets: inodes.size, findings };
}

/**
 * How a socket stands to a VRF.
 *
 * @param isGuarded Whether the programs of the loopback mode see what it does.
 */
export function standingOf(
  socket: Omit<IpSocket, "inode" | "netnsCookie">,
  { ifname, mode }: Membership,
  netdevs: readonly Netdev[],
  isGuarded: () => boolean,
): Standing {
  if (isInside(socket, ifname, netdevs)) return "inside";
  if (!mode.loopback || socket.ifindex !== 0) return "outside";
  if (socket.isLoopback) return "inside";
  if (socket.remote !== "*") return "outside";
  if (socket.local.endsWith(":*")) return "unused";
  // Unconnected, with a port: it has sent to loopback, which gave it the port,
  // or somebody else has bound it. What was made in the VRF was not let do that.
  return isGuarded() ? "inside" : "outside";
}

/** Whether a socket was made where the programs of a member's VRF see it. */
function isGuarded(
  maker: string | undefined,
  { ifname }: Member,
  members: readonly Member[],
): boolean {
  return members.some((member) =>
    member.cgroup === maker && member.ifname === ifname && member.mode.loopback
  );
}

/**
 * Whether a socket is bound to the VRF, to a device in it, or to one that is
 * gone, by which nothing can be sent.
 */
function isInside(
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
): Omit<StraySocket, "state"> {
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
