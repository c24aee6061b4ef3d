/**
 * The guard on AF_SMC, whose sockets no program of `sock_create` sees.
 */

import {
  and,
  type Insn,
  ja,
  jeq,
  jne,
  load,
  loadMapValue,
  mov,
  R1,
  R2,
  R8,
} from "../bpf/insn.ts";
import type { FieldOffset, ProgramSpec } from "../bpf/spec.ts";
import { bindLate } from "./late_bind.ts";
import { readKernel } from "./kernel_memory.ts";
import { CTX, KERNEL_NAME_PREFIX, VALUE, VERDICTS } from "./prologue.ts";
import { SECURITY_HOOK, SK, unlessSockElsewhere } from "./lsm.ts";

const AF_SMC = 43;

/** Leaves alone all but AF_SMC: the arguments are a struct socket, a family. */
const IF_SMC: readonly Insn[] = [
  load("u64", R2, R1, 8),
  and(R2, 0xffff),
  jne(R2, AF_SMC, "allow"),
];

/** What an inner VRF has bound stays; its program runs first. */
function unlessBound(offsetOf: FieldOffset): Insn[] {
  return [
    ...readKernel(
      "u32",
      R1,
      SK,
      offsetOf("sock", "__sk_common.skc_bound_dev_if"),
    ),
    jne(R1, 0, "allow"),
  ];
}

/**
 * Binds an AF_SMC socket when it is created. Its device is what counts: the
 * kernel gives it to the TCP socket below, before and once more after
 * `connect()`, and when it listens (smc_copy_sock_settings_to_clc() in
 * net/smc/af_smc.c). Bound by `connect()` alone, that one would lose its device
 * as soon as it is connected (seen with 6.12).
 */
export const SMC_GUARD: ProgramSpec = {
  name: "guard/smc",
  ...SECURITY_HOOK,
  attachedFunction: "bpf_lsm_socket_post_create",
  kernelName: `${KERNEL_NAME_PREFIX}gd_sm`,
  instructions: (bindingFd, offsetOf) => [
    ...IF_SMC,
    mov(CTX, R1),
    ...loadMapValue(VALUE, bindingFd),
    load("u64", R8, CTX, 0),
    // A plain load, so that the verifier knows it for a socket.
    load("u64", SK, R8, offsetOf("socket", "sk")),
    jeq(SK, 0, "deny"),
    ...unlessSockElsewhere(offsetOf),
    ...unlessBound(offsetOf),
    ...bindLate(SK, [ja("deny")]),
    ...VERDICTS,
  ],
};
