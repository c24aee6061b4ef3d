/** What our programs consist of, and where the kernel attaches them. */

import type { Insn } from "./insn.ts";

/** A program of ours, before it is loaded. */
export interface ProgramSpec {
  /** What messages call it; none has the name of another. */
  readonly name: string;
  /** systemd's name for the attach type; see `BPFProgram=`. */
  readonly hook: Hook;
  /** `enum bpf_prog_type` */
  readonly type: number;
  /** `enum bpf_attach_type` */
  readonly attachType: number;
  /** The first Linux that has every helper that it calls. */
  readonly since: string;
  /**
   * Its name in the kernel, at most 14 characters; by it, we know it is ours.
   */
  readonly kernelName: string;
  /**
   * Its instructions, for the maps of a binding, and for the offsets of what
   * they read of the running kernel.
   */
  readonly instructions: (maps: MapFds, offsetOf: FieldOffset) => Insn[];
}

/** The file descriptors of the maps of a binding. */
export interface MapFds {
  /** To which interface sockets are bound. */
  readonly binding: number;
  /** Which other devices packets may use, and what was refused. */
  readonly filter: number;
}

/** The offset of a field in a structure of the running kernel, in bytes. */
export type FieldOffset = (structure: string, field: string) => number;

/** An attach type of cgroups, by systemd's name. */
type Hook = keyof typeof HOOKS;

const BPF_PROG_TYPE_CGROUP_SKB = 8;

const BPF_PROG_TYPE_CGROUP_SOCK = 9;

const BPF_PROG_TYPE_SOCK_OPS = 13;

const BPF_PROG_TYPE_CGROUP_SOCK_ADDR = 18;

const BPF_PROG_TYPE_CGROUP_SOCKOPT = 25;

/** The kernel's numbers for each hook: `bpf_prog_type`, `bpf_attach_type`. */
export const HOOKS = {
  ingress: { type: BPF_PROG_TYPE_CGROUP_SKB, attachType: 0 },
  egress: { type: BPF_PROG_TYPE_CGROUP_SKB, attachType: 1 },
  sock_create: { type: BPF_PROG_TYPE_CGROUP_SOCK, attachType: 2 },
  sock_ops: { type: BPF_PROG_TYPE_SOCK_OPS, attachType: 3 },
  bind4: { type: BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attachType: 8 },
  bind6: { type: BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attachType: 9 },
  connect4: { type: BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attachType: 10 },
  connect6: { type: BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attachType: 11 },
  sendmsg4: { type: BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attachType: 14 },
  sendmsg6: { type: BPF_PROG_TYPE_CGROUP_SOCK_ADDR, attachType: 15 },
  setsockopt: { type: BPF_PROG_TYPE_CGROUP_SOCKOPT, attachType: 22 },
} as const;
