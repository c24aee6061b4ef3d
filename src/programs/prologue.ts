/** How our programs begin and end, and the maps that they share. */

import {
  call,
  exit,
  type Insn,
  jne,
  label,
  load,
  loadMapValue,
  mov,
  R0,
  R1,
  R6,
  R7,
} from "../bpf/insn.ts";
import type { MapFds } from "../bpf/spec.ts";

/** The kernel names of our programs and of our maps begin with this. */
export const KERNEL_NAME_PREFIX = "denovrf_";

/**
 * The offsets of the fields of the binding map's value:
 * `struct binding { u32 ifindex; u32 flags; u64 netns_cookie; }`.
 */
export const BINDING = { ifindex: 0, netnsCookie: 8, size: 16 } as const;

/** `offsetof(struct bpf_sock, …)` */
export const SOCK = { boundDevIf: 0, protocol: 12 } as const;

/** `offsetof(struct bpf_sock_addr, …)` */
export const SOCK_ADDR = {
  userIp4: 4,
  userIp6: 8,
  userPort: 24,
  sk: 64,
} as const;

/**
 * A helper, by its number in uapi/linux/bpf.h: in cgroup/sock and sock_addr
 * since Linux 5.7, in sock_ops and sockopt later.
 */
const GET_NETNS_COOKIE = 122;

const SET_RETVAL = 187;

/**
 * The first Linux of programs that call nothing newer: SO_NETNS_COOKIE is
 * needed to write the binding map.
 */
export const SINCE_NETNS_COOKIE = "5.14";

/**
 * The first Linux of programs that call bpf_set_retval(); seen to work with
 * 6.1, 6.12, 6.18 and 7.2.
 */
export const SINCE_SET_RETVAL = "5.18";

/** The register of the context, after the start of a program. */
export const CTX = R6;

/** The register of the binding map's value, likewise. */
export const VALUE = R7;

/** Keeps the context in {@linkcode CTX}, and loads {@linkcode VALUE}. */
export function loadBinding({ binding }: MapFds): Insn[] {
  return [mov(CTX, R1), ...loadMapValue(VALUE, binding)];
}

/**
 * The start of the programs that look at sockets. It leaves sockets of other
 * network namespaces alone, in which the ifindex means nothing.
 */
export function onlyInOurNetns(maps: MapFds): Insn[] {
  return [
    ...loadBinding(maps),
    call(GET_NETNS_COOKIE),
    load("u64", R1, VALUE, BINDING.netnsCookie),
    jne(R0, R1, "allow"),
  ];
}

/** Has the call fail with another errno than EPERM, if the program refuses it. */
export function setErrno(errno: number): Insn[] {
  return [mov(R1, -errno), call(SET_RETVAL)];
}

/**
 * The end of a program: "allow", and "deny", which has the call fail with
 * EPERM.
 *
 * @param refusal What a program does before that when it jumps to "refuse".
 */
export function verdicts(refusal: readonly Insn[]): Insn[] {
  return [
    label("allow"),
    mov(R0, 1),
    exit(),
    label("refuse"),
    ...refusal,
    label("deny"),
    mov(R0, 0),
    exit(),
  ];
}
