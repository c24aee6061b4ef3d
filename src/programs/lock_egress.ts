/** The lock's last word: what is sent leaves by the VRF, or not at all. Pure. */

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

/** Emits `dst = *(size *)(base + offset)` of the kernel's own memory. */
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

/** The device that a packet leaves by, and the one that it is enslaved to. */
const DEVICE = R8;

const UPPER = R9;

/** Leaves packets of other network namespaces alone; here, no helper tells. */
function unlessElsewhere(offsetOf: FieldOffset): Insn[] {
  return [
    ...readKernel("u64", R9, DEVICE, offsetOf("net_device", "nd_net.net")),
    ...readKernel("u64", R1, R9, offsetOf("net", "net_cookie")),
    loadMem("u64", R2, VALUE, BINDING.netnsCookie),
    jumpIfNotReg(R1, R2, "allow"),
  ];
}

/**
 * Lets a packet pass if its device is enslaved to the VRF. The kernel has the
 * master, where there is one, as the first of a device's upper devices
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
 * to it, whatever socket or datagram it has that from:
 *
 * ```c
 * if (skb->dev's network namespace is not binding's) return 1;
 * if (skb->ifindex == binding->ifindex) return 1;
 * return skb->dev's master's ifindex == binding->ifindex;
 * ```
 *
 * @param hosts What lets pass what is the host's.
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
      // What the context points to is a struct sk_buff, but for its fields that
      // the verifier translates (convert_ctx_access() in kernel/bpf/verifier.c).
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

/** For the plain mode: nothing leaves but by the VRF. */
export const EGRESS: ProgramSpec = egress("lock/egress", "lk_eg", []);

/** For the loopback mode: what goes to the host stays on it. */
export const EGRESS_OR_LOOPBACK: ProgramSpec = egress(
  "lock/egress_loopback",
  "lk_el",
  [jumpIfImm(R1, LOOPBACK_IFINDEX, "allow")],
);
