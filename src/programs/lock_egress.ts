/** The lock on packets: they leave by the VRF, or not at all. Pure. */

import {
  addImm,
  andImm,
  call,
  type Insn,
  jump,
  jumpIfImm,
  jumpIfNotImm,
  jumpIfNotReg,
  jumpIfReg,
  loadMapValue,
  loadMem,
  movImm,
  movReg,
  R0,
  R1,
  R10,
  R2,
  R3,
  R8,
  R9,
  type Reg,
  type Size,
} from "../bpf/insn.ts";
import { type FieldOffset, HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { LOOPBACK_IFINDEX } from "../os/constants.ts";
import {
  BINDING,
  CTX,
  KERNEL_NAME_PREFIX,
  SINCE_NETNS_COOKIE,
  VALUE,
  VERDICTS,
} from "./parts.ts";

/** `offsetof(struct __sk_buff, ifindex)` */
const SKB_IFINDEX = 40;

const PROBE_READ_KERNEL = 113;

const BYTES = { u32: 4, u64: 8 } as const;

/** Emits `dst = *(size *)(base + offset)` for kernel memory. */
function readKernel(
  size: Size,
  dst: Reg,
  base: Reg,
  offset: number,
): Insn[] {
  return [
    movReg(R1, R10),
    addImm(R1, -8),
    movImm(R2, BYTES[size]),
    movReg(R3, base),
    addImm(R3, offset),
    call(PROBE_READ_KERNEL),
    jumpIfNotImm(R0, 0, "deny"),
    loadMem(size, dst, R10, -8),
  ];
}

/** The device by which a packet leaves. */
const DEVICE = R8;

/** The first upper device of {@linkcode DEVICE}. */
const UPPER = R9;

/**
 * Lets packets of other network namespaces pass. No helper returns the cookie
 * for a packet.
 */
function unlessElsewhere(offsetOf: FieldOffset): Insn[] {
  return [
    ...readKernel("u64", R9, DEVICE, offsetOf("net_device", "nd_net.net")),
    ...readKernel("u64", R1, R9, offsetOf("net", "net_cookie")),
    loadMem("u64", R2, VALUE, BINDING.netnsCookie),
    jumpIfNotReg(R1, R2, "allow"),
  ];
}

/**
 * Lets a packet pass if its device is enslaved to the VRF. A master, if there
 * is one, is the first of a device's upper devices
 * (netdev_master_upper_dev_get_rcu() in net/core/dev.c).
 */
function ifEnslaved(offsetOf: FieldOffset): Insn[] {
  const upperList = offsetOf("net_device", "adj_list.upper");
  const entry = (field: string) =>
    offsetOf("netdev_adjacent", field) - offsetOf("netdev_adjacent", "list");
  return [
    ...readKernel("u64", UPPER, DEVICE, upperList),
    movReg(R1, DEVICE),
    addImm(R1, upperList),
    jumpIfReg(UPPER, R1, "deny"), // an empty list is its own next
    ...readKernel("u32", R1, UPPER, entry("master")),
    andImm(R1, 0xff), // a bool
    jumpIfImm(R1, 0, "deny"),
    ...readKernel("u64", UPPER, UPPER, entry("dev")),
    ...readKernel("u32", R1, UPPER, offsetOf("net_device", "ifindex")),
    loadMem("u32", R2, VALUE, BINDING.ifindex),
    jumpIfReg(R1, R2, "allow"),
  ];
}

/**
 * Drops what a process sends by a device that is neither the VRF nor enslaved
 * to it, however it chose that device:
 *
 * ```c
 * if (skb->dev's network namespace is not binding's) return 1;
 * if (skb->ifindex == binding->ifindex) return 1;
 * return skb->dev's master's ifindex == binding->ifindex;
 * ```
 *
 * @param hosts Instructions that let pass what stays on the host.
 */
function egress(
  name: string,
  shortName: string,
  hosts: readonly Insn[],
): ProgramSpec {
  return {
    name,
    hook: "egress",
    ...HOOKS.egress,
    since: SINCE_NETNS_COOKIE,
    kernelName: `${KERNEL_NAME_PREFIX}${shortName}`,
    instructions: (bindingFd, offsetOf) => [
      movReg(CTX, R1),
      ...loadMapValue(VALUE, bindingFd),
      // The context points to a struct sk_buff; only loads of __sk_buff are
      // translated (convert_ctx_accesses() in kernel/bpf/verifier.c).
      ...readKernel("u64", DEVICE, CTX, offsetOf("sk_buff", "dev")),
      ...unlessElsewhere(offsetOf),
      loadMem("u32", R1, CTX, SKB_IFINDEX),
      ...hosts,
      loadMem("u32", R2, VALUE, BINDING.ifindex),
      jumpIfReg(R1, R2, "allow"),
      ...ifEnslaved(offsetOf),
      jump("deny"),
      ...VERDICTS,
    ],
  };
}

/** For the plain mode: packets leave only by the VRF. */
export const EGRESS: ProgramSpec = egress("lock/egress", "lk_eg", []);

/** For the loopback mode: what is sent to the host may leave by lo. */
export const EGRESS_OR_LOOPBACK: ProgramSpec = egress(
  "lock/egress_loopback",
  "lk_el",
  [jumpIfImm(R1, LOOPBACK_IFINDEX, "allow")],
);
