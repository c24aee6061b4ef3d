/** What programs read of the kernel's own structures. */

import {
  add,
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
} from "../bpf/insn.ts";
import type { FieldOffset } from "../bpf/spec.ts";
import { BINDING, VALUE } from "./prologue.ts";

/** A helper, by its number in uapi/linux/bpf.h. */
const PROBE_READ_KERNEL = 113;

const BYTES = { u16: 2, u32: 4, u64: 8 } as const;

/** Emits `dst = *(size *)(base + offset)` for kernel memory. */
export function readKernel(
  size: keyof typeof BYTES,
  dst: Reg,
  base: Reg,
  offset: number,
): Insn[] {
  return [
    ...copyKernel(-8, BYTES[size], base, offset),
    load(size, dst, R10, -8),
  ];
}

/** Copies kernel memory at `base + offset` to the stack at `r10 + at`. */
function copyKernel(
  at: number,
  size: number,
  base: Reg,
  offset: number,
): Insn[] {
  return [
    mov(R1, R10),
    add(R1, at),
    mov(R2, size),
    mov(R3, base),
    add(R3, offset),
    call(PROBE_READ_KERNEL),
    jne(R0, 0, "refuse"),
  ];
}

/** The network device that is looked at. */
export const DEVICE = R8;

/** The first upper device of {@linkcode DEVICE}. */
const UPPER = R9;

/** The lowest byte of the stack that readKernel() uses. */
const SCRATCH = -8;

/**
 * Loads the ifindex of the master of {@linkcode DEVICE} into r1; goes to `none`
 * if it has no master. A master is the first of a device's upper devices
 * (netdev_master_upper_dev_get_rcu() in net/core/dev.c).
 *
 * Three reads of kernel memory: which device is above, and whether as a master,
 * lie together.
 */
export function loadMaster(offsetOf: FieldOffset, none: string): Insn[] {
  const upperList = offsetOf("net_device", "adj_list.upper");
  const field = (name: string) => offsetOf("netdev_adjacent", name);
  const size = field("master") + 1 - field("dev");
  const at = SCRATCH - Math.ceil(size / 8) * 8;
  return [
    ...readKernel("u64", UPPER, DEVICE, upperList),
    mov(R1, DEVICE),
    add(R1, upperList),
    jeq(UPPER, R1, none), // an empty list is its own next
    ...copyKernel(at, size, UPPER, field("dev") - field("list")),
    load("u8", R1, R10, at + size - 1), // a bool
    jeq(R1, 0, none),
    load("u64", UPPER, R10, at),
    ...readKernel("u32", R1, UPPER, offsetOf("net_device", "ifindex")),
  ];
}

/** Goes to "allow" if r1 is the ifindex of the VRF. */
export const ifOurs: readonly Insn[] = [
  load("u32", R2, VALUE, BINDING.ifindex),
  jeq(R1, R2, "allow"),
];
