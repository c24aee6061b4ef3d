/** The lock: it keeps processes from choosing another device. */

import {
  and,
  type Insn,
  ja,
  jeq,
  jne,
  label,
  load,
  R1,
  R2,
  R3,
} from "../bpf/insn.ts";
import { HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { SO_BINDTOIFINDEX, SOL_SOCKET } from "../os/constants.ts";
import { ADDRESS_HOOKS, bindAtAddress } from "./late_bind.ts";
import { EGRESS, EGRESS_OR_LOOPBACK } from "./lock_packets.ts";
import {
  CTX,
  KERNEL_NAME_PREFIX,
  onlyInOurNetns,
  SINCE_SET_RETVAL,
  SOCK,
  SOCK_ADDR,
  VERDICTS,
} from "./prologue.ts";

/** `offsetof(struct bpf_sockopt, …)` */
const SOCKOPT = { sk: 0, level: 24, optname: 28 } as const;

const IPPROTO_IP = 0;

const IPPROTO_IPV6 = 41;

/** Options that cannot be set on a locked socket. */
const LOCKED_OPTIONS: Readonly<Record<number, readonly number[]>> = {
  [SOL_SOCKET]: [
    25, // SO_BINDTODEVICE
    SO_BINDTOIFINDEX,
  ],
  // When a group is joined, the kernel sends a report: if no device is named, by
  // one of the default VRF.
  [IPPROTO_IP]: [
    4, // IP_OPTIONS: a source route goes first elsewhere than to the address
    35, // IP_ADD_MEMBERSHIP
    39, // IP_ADD_SOURCE_MEMBERSHIP
    42, // MCAST_JOIN_GROUP
    46, // MCAST_JOIN_SOURCE_GROUP
  ],
  [IPPROTO_IPV6]: [
    20, // IPV6_ADD_MEMBERSHIP
    27, // IPV6_JOIN_ANYCAST
    42, // MCAST_JOIN_GROUP
    46, // MCAST_JOIN_SOURCE_GROUP
    57, // IPV6_RTHDR: as IP_OPTIONS
  ],
};

/**
 * Options that cannot be set on a locked socket that is not bound (yet, or any
 * more). On a bound one, the kernel itself refuses devices outside of the VRF
 * (do_ip_setsockopt() in net/ipv4/ip_sockglue.c, and for IPv6
 * net/ipv6/ipv6_sockglue.c).
 */
const LOCKED_UNTIL_BOUND: Readonly<Record<number, readonly number[]>> = {
  [IPPROTO_IP]: [
    32, // IP_MULTICAST_IF
    50, // IP_UNICAST_IF
  ],
  [IPPROTO_IPV6]: [
    6, // IPV6_2292PKTOPTIONS
    17, // IPV6_MULTICAST_IF
    50, // IPV6_PKTINFO
    76, // IPV6_UNICAST_IF
  ],
};

/** Jumps to `target` if the option is in a list. */
function ifOption(
  options: Readonly<Record<number, readonly number[]>>,
  name: string,
  target: string,
): Insn[] {
  return Object.entries(options).flatMap(([level, names]) => [
    jne(R2, Number(level), `${name} not ${level}`),
    ...names.map((option) => jeq(R3, option, target)),
    label(`${name} not ${level}`),
  ]);
}

/** Refuses options that would take a socket out of the VRF. */
export const LOCK_SETSOCKOPT: ProgramSpec = {
  name: "lock/setsockopt",
  hook: "setsockopt",
  ...HOOKS.setsockopt,
  since: SINCE_SET_RETVAL,
  kernelName: `${KERNEL_NAME_PREFIX}lk_so`,
  instructions: (bindingFd) => [
    ...onlyInOurNetns(bindingFd),
    load("u32", R2, CTX, SOCKOPT.level),
    load("u32", R3, CTX, SOCKOPT.optname),
    ...ifOption(LOCKED_OPTIONS, "locked", "deny"),
    ...ifOption(LOCKED_UNTIL_BOUND, "until bound", "unless bound"),
    ja("allow"),
    label("unless bound"),
    load("u64", R1, CTX, SOCKOPT.sk),
    jeq(R1, 0, "deny"),
    load("u32", R1, R1, SOCK.boundDevIf),
    jeq(R1, 0, "deny"),
    ...VERDICTS,
  ],
};

/**
 * Refuses to bind a socket to a link-local address, or to a multicast address
 * of that scope: the device of its scope id would take the place of the VRF
 * (__inet6_bind() in net/ipv6/af_inet6.c), and programs do not see the scope
 * id.
 */
const NOT_LINK_LOCAL: ProgramSpec = {
  name: "lock/link_local",
  hook: "bind6",
  ...HOOKS.bind6,
  since: SINCE_SET_RETVAL,
  kernelName: `${KERNEL_NAME_PREFIX}lk_ll`,
  instructions: (bindingFd) => [
    ...onlyInOurNetns(bindingFd),
    load("u32", R1, CTX, SOCK_ADDR.userIp6),
    and(R1, 0xc0ff),
    jeq(R1, 0x80fe, "deny"), // fe80::/10
    load("u32", R1, CTX, SOCK_ADDR.userIp6),
    and(R1, 0x0fff),
    jeq(R1, 0x01ff, "deny"), // ff01::/16 and the like
    jeq(R1, 0x02ff, "deny"), // ff02::/16
    ...VERDICTS,
  ],
};

/** The lock of the loopback mode. */
export const LOCK_LOOPBACK: readonly ProgramSpec[] = [
  LOCK_SETSOCKOPT,
  NOT_LINK_LOCAL,
  EGRESS_OR_LOOPBACK,
];

/**
 * The lock of the plain mode. A UDP socket loses its device when it is
 * disconnected (__udp_disconnect() in net/ipv4/udp.c), and is bound again at
 * its next use.
 */
export const LOCK_PLAIN: readonly ProgramSpec[] = [
  LOCK_SETSOCKOPT,
  NOT_LINK_LOCAL,
  EGRESS,
  ...ADDRESS_HOOKS.map((hook) =>
    bindAtAddress(hook, {
      directory: "lock",
      since: SINCE_SET_RETVAL,
      shortName: "lk",
    }, [])
  ),
];
