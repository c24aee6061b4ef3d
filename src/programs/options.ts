/**
 * The options of sockets that the filter of packets cannot see to: they have
 * the kernel itself send.
 */

import {
  add,
  and,
  type Insn,
  ja,
  jeq,
  jle,
  jne,
  label,
  load,
  lsh,
  mov,
  R1,
  R10,
  R2,
  R3,
  R4,
  R9,
  store,
} from "../bpf/insn.ts";
import { type FieldOffset, HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { LOOPBACK_IFINDEX } from "../os/constants.ts";
import { ERRNO } from "../os/errno.ts";
import { DEVICE, ifOurs, loadMaster, readKernel } from "./kernel_memory.ts";
import {
  BINDING,
  CTX,
  KERNEL_NAME_PREFIX,
  onlyInOurNetns,
  setErrno,
  SINCE_SET_RETVAL,
  VALUE,
  verdicts,
} from "./prologue.ts";
import { refuseJoin } from "./refusals.ts";

/** `offsetof(struct bpf_sockopt, …)` */
const SOCKOPT = {
  optval: 8,
  optvalEnd: 16,
  level: 24,
  optname: 28,
  optlen: 32,
} as const;

const IPPROTO_IP = 0;

const IPPROTO_IPV6 = 41;

/** An option by which a process joins a group; see ip(7) and ipv6(7). */
interface Join {
  readonly level: number;
  readonly optname: number;
  /** Where its value names the ifindex; `undefined` if it never does. */
  readonly ifindex: number | undefined;
}

/** Their numbers and structures are those of uapi/linux/in.h and in6.h. */
const JOINS: readonly Join[] = [
  { level: IPPROTO_IP, optname: 35, ifindex: 8 }, // IP_ADD_MEMBERSHIP
  // IP_ADD_SOURCE_MEMBERSHIP
  { level: IPPROTO_IP, optname: 39, ifindex: undefined },
  { level: IPPROTO_IPV6, optname: 20, ifindex: 16 }, // IPV6_ADD_MEMBERSHIP
  { level: IPPROTO_IPV6, optname: 27, ifindex: 16 }, // IPV6_JOIN_ANYCAST
  ...[IPPROTO_IP, IPPROTO_IPV6].flatMap((level) => [
    { level, optname: 42, ifindex: 0 }, // MCAST_JOIN_GROUP
    { level, optname: 46, ifindex: 0 }, // MCAST_JOIN_SOURCE_GROUP
  ]),
];

/** The offset in `struct ip_mreqn`, whose older form ends before it. */
const IN_MREQN = 8;

/** The size of an ifindex. */
const IFINDEX = 4;

/**
 * `sizeof(struct group_source_req)`, the longest. Of a value that is longer than
 * a page, the kernel takes nothing that a program has changed, but reads the
 * process's memory once more (__cgroup_bpf_run_filter_setsockopt() in
 * kernel/bpf/cgroup.c).
 */
const LONGEST_JOIN = 264;

/** `NETDEV_HASHENTRIES` of linux/netdevice.h */
const BUCKETS = 256;

/**
 * How many devices of a bucket are looked at. The kernel gives ifindexes in
 * their order, so one in 256 is in the same bucket; and the verifier walks
 * through each round.
 */
const MAX_DEVICES = 16;

/** The size of a pointer, as a power of two. */
const POINTER_SHIFT = 3;

/** The ifindex that is looked for. */
const SOUGHT = R9;

/** What is kept below r10. */
const STACK = {
  /** The ifindex that a join names, 0 for none. */
  named: -40,
  /** Where its value names it. */
  place: -48,
  /** How many devices are left to look at. */
  left: -56,
} as const;

/** Emits `*(u64 *)(r10 + at) = value`. */
function keep(at: number, value: number): Insn[] {
  return [mov(R1, value), store("u64", R10, at, R1)];
}

/** Points r3 to the ifindex in the option's value, if that is long enough. */
function pointTo(place: number, otherwise: string): Insn[] {
  return [
    load("u64", R3, CTX, SOCKOPT.optval),
    add(R3, place),
    load("u64", R4, CTX, SOCKOPT.optvalEnd),
    mov(R2, R3),
    add(R2, IFINDEX),
    jle(R2, R4, `${otherwise} unless ${place}`),
    ja(otherwise),
    label(`${otherwise} unless ${place}`),
  ];
}

/** The places in the values of options at which an ifindex can be. */
const PLACES = [...new Set(JOINS.flatMap(({ ifindex }) => ifindex ?? []))];

/** Keeps which ifindex a join names, and where; allows all that is no join. */
function readJoin(): Insn[] {
  return [
    ...keep(STACK.named, 0),
    load("u32", R1, CTX, SOCKOPT.level),
    load("u32", R2, CTX, SOCKOPT.optname),
    ...JOINS.flatMap(({ level, optname, ifindex }, at) => [
      jne(R1, level, `not join ${at}`),
      jeq(R2, optname, ifindex === undefined ? "refuse" : `at ${ifindex}`),
      label(`not join ${at}`),
    ]),
    ja("allow"),
    ...PLACES.flatMap((place) => [
      label(`at ${place}`),
      ...keep(STACK.place, place),
      load("u32", R1, CTX, SOCKOPT.optlen),
      // The kernel takes what is no whole struct ip_mreqn for the older form.
      ...place === IN_MREQN ? [jle(R1, IN_MREQN + IFINDEX - 1, "look")] : [],
      jle(R1, LONGEST_JOIN, `fits at ${place}`),
      ja("refuse"),
      label(`fits at ${place}`),
      // What is too short, the kernel refuses itself.
      ...pointTo(place, "allow"),
      load("u32", R1, R3, 0),
      store("u64", R10, STACK.named, R1),
      ja("look"),
    ]),
    label("look"),
  ];
}

/** Finds the device of an ifindex, as dev_get_by_index_rcu() does. */
function findSought(offsetOf: FieldOffset): Insn[] {
  const node = offsetOf("net_device", "index_hlist");
  return [
    ...readKernel("u64", DEVICE, CTX, offsetOf("bpf_sockopt_kern", "sk")),
    ...readKernel(
      "u64",
      DEVICE,
      DEVICE,
      offsetOf("sock", "__sk_common.skc_net.net"),
    ),
    ...readKernel("u64", DEVICE, DEVICE, offsetOf("net", "dev_index_head")),
    mov(R1, SOUGHT),
    and(R1, BUCKETS - 1),
    lsh(R1, POINTER_SHIFT),
    add(DEVICE, R1),
    ...keep(STACK.left, MAX_DEVICES),
    label("next"),
    load("u64", R1, R10, STACK.left),
    jeq(R1, 0, "refuse"),
    add(R1, -1),
    store("u64", R10, STACK.left, R1),
    ...readKernel("u64", DEVICE, DEVICE, 0),
    jeq(DEVICE, 0, "refuse"),
    ...readKernel(
      "u32",
      R1,
      DEVICE,
      offsetOf("net_device", "ifindex") - node,
    ),
    jne(R1, SOUGHT, "next"),
    add(DEVICE, -node),
  ];
}

/** Loads the ifindex of the VRF's only port into r9; refuses if it has more. */
function loadOnlyPort(offsetOf: FieldOffset): Insn[] {
  const lowerList = offsetOf("net_device", "adj_list.lower");
  const device = offsetOf("netdev_adjacent", "dev") -
    offsetOf("netdev_adjacent", "list");
  return [
    ...readKernel("u64", R9, DEVICE, lowerList), // the first
    ...readKernel("u64", R1, DEVICE, lowerList + 8), // the last
    jne(R1, R9, "refuse"),
    add(DEVICE, lowerList),
    jeq(R9, DEVICE, "refuse"), // an empty list is its own next
    ...readKernel("u64", R9, R9, device),
    ...readKernel("u32", R9, R9, offsetOf("net_device", "ifindex")),
  ];
}

/** Writes the ifindex in r9 into the option's value, as what the join names. */
function nameDevice(): Insn[] {
  return [
    load("u64", R1, R10, STACK.place),
    ...PLACES.flatMap((place) => [
      jne(R1, place, `not named at ${place}`),
      ...pointTo(place, "refuse"),
      store("u32", R3, 0, R9),
      ...place === IN_MREQN
        ? [mov(R1, IN_MREQN + IFINDEX), store("u32", CTX, SOCKOPT.optlen, R1)]
        : [],
      ja("allow"),
      label(`not named at ${place}`),
    ]),
  ];
}

/**
 * Lets processes join a group on a device of the VRF alone:
 *
 * ```c
 * if (named == binding->ifindex) return 1;
 * if (named) return the master of the device is binding->ifindex;
 * if (the VRF has one port) { named = its ifindex; return 1; }
 * return 0;
 * ```
 *
 * Where none is named, the kernel would choose one of the default VRF
 * (ip_mc_find_dev() in net/ipv4/igmp.c), and would report the membership there
 * with a packet that no program sees. A device that is named by an address
 * alone counts as none. To name the VRF itself would be of no use: its report
 * reaches nobody, and over IPv6 the group is not heard (seen with 6.12).
 *
 * @param unless Instructions that allow other devices, by the ifindex in r1.
 */
function options(
  prefix: { name: string; kernelName: string },
  unless: readonly Insn[],
): ProgramSpec {
  return {
    name: `${prefix.name}setsockopt`,
    hook: "setsockopt",
    ...HOOKS.setsockopt,
    since: SINCE_SET_RETVAL,
    kernelName: `${KERNEL_NAME_PREFIX}${prefix.kernelName}so`,
    instructions: (maps, offsetOf) => [
      ...onlyInOurNetns(maps),
      ...readJoin(),
      load("u64", R1, R10, STACK.named),
      ...unless,
      ...ifOurs,
      mov(SOUGHT, R1),
      jne(SOUGHT, 0, "sought"),
      load("u32", SOUGHT, VALUE, BINDING.ifindex),
      jeq(SOUGHT, 0, "refuse"),
      label("sought"),
      ...findSought(offsetOf),
      load("u64", R1, R10, STACK.named),
      jeq(R1, 0, "only port"),
      ...loadMaster(offsetOf, "refuse"),
      ...ifOurs,
      ja("refuse"),
      label("only port"),
      ...loadOnlyPort(offsetOf),
      ...nameDevice(),
      ...verdicts([
        load("u64", R9, R10, STACK.named),
        ...refuseJoin(maps, R9),
        ...setErrno(ERRNO.ENODEV),
      ]),
    ],
  };
}

/** For all modes but those with loopback. */
export const OPTIONS = options({ name: "", kernelName: "" }, []);

/** For those with loopback, where lo is the host's. */
export const LOOPBACK_OPTIONS = options(
  { name: "loopback/", kernelName: "lo_" },
  [jeq(R1, LOOPBACK_IFINDEX, "allow")],
);
