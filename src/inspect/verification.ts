/** Which sockets are outside the VRF of the process that has them. */

import type { Member, Membership } from "./membership.ts";
import type { Netdev } from "../iproute2/ip_json.ts";
import type { CgroupOfSocket } from "../iproute2/ss.ts";
import { type IpSocket, ipSocketsOf } from "../os/ip_sockets.ts";
import { netnsCookie } from "../os/netns.ts";
import { commandName } from "../os/process.ts";
import { unitAround } from "../systemd/unit_cgroup.ts";

/**
 * Whether a socket is in the VRF of its process. `unused`: in loopback mode, a
 * socket is bound when it first uses an address, and this one never has.
 */
type SocketState = "inside" | "outside" | "unused";

/** A socket outside the VRF of its process. The shape of `verify --json`. */
export interface SocketFinding {
  /**
   * `elsewhere`: in the VRF that its process has entered by itself, and not in
   * that of its unit.
   */
  readonly state: Exclude<SocketState, "inside"> | "elsewhere";
  /** The unit, or the cgroup if it is in none. */
  readonly unit: string;
  readonly pid: number;
  readonly process: string;
  readonly protocol: string;
  readonly local: string;
  readonly remote: string;
  /** The device that it is bound to; `null` for none. */
  readonly device: string | null;
  /** The VRF in which it should be. */
  readonly vrf: string;
}

/** What was checked, and what was found. */
interface Verification {
  readonly processes: number;
  readonly sockets: number;
  readonly findings: readonly SocketFinding[];
}

/**
 * Checks whether the sockets of processes are in the VRFs of these. A socket
 * that several processes of a VRF share is checked once.
 *
 * @param chosen The processes whose sockets are checked.
 * @param everyone Every process in a VRF, any of which may have created them.
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
  const findings: SocketFinding[] = [];
  for (const member of chosen) {
    for (const socket of ipSocketsOf(member.pid)) {
      const key = `${socket.inode} ${member.ifname}`;
      if (socket.netnsCookie !== cookie || checked.has(key)) continue;
      checked.add(key);
      inodes.add(socket.inode);
      const state = socketState(
        socket,
        member,
        netdevs,
        () => isGuarded(makerOf(socket.inode), member, everyone),
      );
      if (state !== "inside") {
        findings.push({ state, ...finding(socket, member, netdevs) });
      } else if (member.left !== undefined) {
        const home = { ...member, ifname: member.left };
        findings.push({
          state: "elsewhere",
          ...finding(socket, home, netdevs),
        });
      }
    }
  }
  return { processes: chosen.length, sockets: inodes.size, findings };
}

/**
 * Whether a socket is in a VRF.
 *
 * @param isGuarded Whether programs of the loopback mode run for the socket.
 */
export function socketState(
  socket: Omit<IpSocket, "inode" | "netnsCookie">,
  { ifname, mode }: Membership,
  netdevs: readonly Netdev[],
  isGuarded: () => boolean,
): SocketState {
  if (isInside(socket, ifname, netdevs)) return "inside";
  if (!mode.loopback || socket.ifindex !== 0) return "outside";
  if (socket.isLoopback) return "inside";
  if (socket.remote !== "*") return "outside";
  if (socket.local.endsWith(":*")) return "unused";
  // Unconnected, with a port: either it has sent to loopback, which gave it the
  // port, or it was bound outside of the VRF. Inside, bind() would
  // have bound it to the VRF.
  return isGuarded() ? "inside" : "outside";
}

/**
 * Whether a socket was created in a cgroup that a member's VRF is attached to.
 */
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
 * Whether a socket is bound to the VRF, to a device in it, or to a device that
 * is gone, by which nothing can be sent.
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
): Omit<SocketFinding, "state"> {
  const device = netdevs.find((netdev) => netdev.ifindex === ifindex);
  return {
    unit: unitAround(cgroup) ?? cgroup,
    pid,
    process: commandName(pid) ?? "",
    protocol,
    local,
    remote,
    device: device?.ifname ?? null,
    vrf: ifname,
  };
}
