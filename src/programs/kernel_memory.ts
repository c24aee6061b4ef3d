/** What programs read of the kernel's own structures. */

import {
  add,
  and,
  call,
  type Insn,
  jeq,
  jne,
  load,
  mov,
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
import type { FieldOffset } from "../bpf/spec.ts";
import { BINDING, VALUE } from "./prologue.ts";

/** A helper, by its number in uapi/linux/bpf.h. */
const PROBE_READ_KERNEL = 113;

const BYTES = { u32: 4, u64: 8 } as const;

/** Emits `dst = *(size *)(base + offset)` for kernel memory. */
export function readKernel(
  size: Size,
  dst: Reg,
  base: Reg,
  offset: number,
): Insn[] {
  return [
    mov(R1, R10),
    add(R1, -8),
    mov(R2, BYTES[size]),
    mov(R3, base),
    add(R3, offset),
    call(PROBE_READ_KERNEL),
    jne(R0, 0, "deny"),
    load(size, dst, R10, -8),
  ];
}

/** The network device that is looked at. */
export const DEVICE = R8;

/** The first upper device of {@linkcode DEVICE}. */
const UPPER = R9;

/** Lets pass what is in another network namespace, a pointer to which is `net`. */
export function unlessElsewhere(net: Reg, offsetOf: FieldOffset): Insn[] {
  return [
    ...readKernel("u64", R1, net, offsetOf("net", "net_cookie")),
    load("u64", R2, VALUE, BINDING.netnsCookie),
    jne(R1, R2, "allow"),
  ];
}

/**
 * Loads the ifindex of the master of {@linkcode DEVICE} into r1; refuses a
 * device that has none. A master, if there is one, is the first of a device's
 * upper devices (netdev_master_upper_dev_get_rcu() in net/core/dev.c).
 */
export function loadMaster(offsetOf: FieldOffset): Insn[] {
  const upperList = offsetOf("net_device", "adj_list.upper");
  const entry = (field: string) =>
    offsetOf("netdev_adjacent", field) - offsetOf("netdev_adjacent", "list");
  return [
    ...readKernel("u64", UPPER, DEVICE, upperList),
    mov(R1, DEVICE),
    add(R1, upperList),
    jeq(UPPER, R1, "deny"), // an empty list is its own next
    ...readKernel("u32", R1, UPPER, entry("master")),
    and(R1, 0xff), // a bool
    jeq(R1, 0, "deny"),
    ...readKernel("u64", UPPER, UPPER, entry("dev")),
    ...readKernel("u32", R1, UPPER, offsetOf("net_device", "ifindex")),
  ];
}

/** Lets pass what is of the interface whose ifindex is in r1, if it is ours. */
export const ifOurs: readonly Insn[] = [
  load("u32", R2, VALUE, BINDING.ifindex),
  jeq(R1, R2, "allow"),
];
