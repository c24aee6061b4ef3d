/** What a program is to the kernel: where it attaches, and how it is made. Pure. */

import type { Insn } from "./insn.ts";

/** What a program is to the kernel, and how it is made. */
export interface ProgramSpec {
  /** The name of its pin, below the folder of the interface's pins. */
  readonly name: string;
  /** systemd's name for where it attaches; see `BPFProgram=`. */
  readonly hook: Hook;
  /** `enum bpf_prog_type` */
  readonly type: number;
  /** `enum bpf_attach_type` */
  readonly attachType: number;
  /** The first Linux that has all that it calls. */
  readonly since: string;
  /** Its name in the kernel, at most 14 characters; what makes it ours. */
  readonly kernelName: string;
  /**
   * Its instructions, given the file descriptor of the binding map, and where
   * the running kernel has what they read of it.
   */
  readonly instructions: (bindingFd: number, offsetOf: FieldOffset) => Insn[];
}

/** Where a structure of the running kernel has a field, in bytes. */
export type FieldOffset = (structure: string, field: string) => number;

/** A place where programs attach to a cgroup, by the name that systemd has. */
export type Hook = keyof typeof HOOKS;

const BPF_PROG_TYPE_CGROUP_SKB = 8;

const BPF_PROG_TYPE_CGROUP_SOCK = 9;

const BPF_PROG_TYPE_SOCK_OPS = 13;

const BPF_PROG_TYPE_CGROUP_SOCK_ADDR = 18;

const BPF_PROG_TYPE_CGROUP_SOCKOPT = 25;

/** What the kernel knows a hook by. */
export const HOOKS = {
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
