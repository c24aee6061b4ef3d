/** What the programs of the BPF security module share. */

import { type Insn, R8, R9 } from "../bpf/insn.ts";
import { type FieldOffset, HOOKS } from "../bpf/spec.ts";
import { readKernel, unlessElsewhere } from "./kernel_memory.ts";

/** Where they are attached, and the first Linux that can. */
export const SECURITY_HOOK = {
  hook: "lsm_cgroup",
  ...HOOKS.lsm_cgroup,
  since: "6.0",
} as const;

/** The register of the struct sock. */
export const SK = R9;

/** Leaves alone a {@linkcode SK} of another network namespace. */
export function unlessSockElsewhere(offsetOf: FieldOffset): Insn[] {
  return [
    ...readKernel("u64", R8, SK, offsetOf("sock", "__sk_common.skc_net.net")),
    ...unlessElsewhere(R8, offsetOf),
  ];
}
