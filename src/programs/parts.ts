/** The parts that our programs share. Pure. */

import {
  addImm,
  call,
  exit,
  type Insn,
  jump,
  jumpIfImm,
  jumpIfNotImm,
  jumpIfNotReg,
  label,
  loadMapValue,
  loadMem,
  movImm,
  movReg,
  R0,
  R1,
  R10,
  R2,
  R3,
  R4,
  R5,
  R6,
  R7,
  storeMem,
} from "../bpf/insn.ts";
import { HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { SO_BINDTOIFINDEX, SOL_SOCKET } from "../os/constants.ts";
import { ERRNO } from "../os/errno.ts";

/** The kernel names of our programs and of the binding map begin with this. */
export const KERNEL_NAME_PREFIX = "denovrf_";

/**
 * The offsets of the fields of the map's value:
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

/** Helpers, by number in uapi/linux/bpf.h. */
const SETSOCKOPT = 49;

/**
 * In cgroup/sock and sock_addr since Linux 5.7, in sock_ops and sockopt later.
 */
const GET_NETNS_COOKIE = 122;

const SET_RETVAL = 187;

/**
 * The first Linux of programs that call nothing newer: it takes SO_NETNS_COOKIE
 * to write the map.
 */
export const SINCE_NETNS_COOKIE = "5.14";

/**
 * The first Linux of the loopback mode and of the lock, for bpf_set_retval();
 * seen to work with 6.1, 6.12, 6.18 and 7.2.
 */
export const SINCE_SET_RETVAL = "5.18";

/** The register of the context, after onlyInOurNetns(). */
export const CTX = R6;

/** The register of the map's value, likewise. */
export const VALUE = R7;

/**
 * The start of most programs: it fills {@linkcode CTX} and {@linkcode VALUE},
 * and leaves sockets of other network namespaces alone, in which the ifindex
 * means nothing.
 */
export function onlyInOurNetns(bindingFd: number): Insn[] {
  return [
    movReg(CTX, R1),
    ...loadMapValue(VALUE, bindingFd),
    call(GET_NETNS_COOKIE),
    loadMem("u64", R1, VALUE, BINDING.netnsCookie),
    jumpIfNotReg(R0, R1, "allow"),
  ];
}

/** The end of every program. If it returns 0, the call fails with EPERM. */
export const VERDICTS: readonly Insn[] = [
  label("allow"),
  movImm(R0, 1),
  exit(),
  label("deny"),
  movImm(R0, 0),
  exit(),
];

/**
 * Binds a socket that exists already, unless it is bound. The process needs no
 * privileges for this: the kernel asks for none if the socket is not bound yet.
 *
 * @param sk The offset of the socket in the context.
 * @param whenGone What to do if the interface is gone.
 */
export function bindLate(sk: number, whenGone: readonly Insn[]): Insn[] {
  return [
    loadMem("u64", R1, CTX, sk),
    jumpIfImm(R1, 0, "allow"),
    loadMem("u32", R1, R1, SOCK.boundDevIf),
    jumpIfNotImm(R1, 0, "allow"),
    loadMem("u32", R1, VALUE, BINDING.ifindex),
    jumpIfNotImm(R1, 0, "bind"),
    ...whenGone,
    label("bind"),
    // A copy: if the map said 0 by now, the socket would stay unbound.
    storeMem("u32", R10, -4, R1),
    movReg(R1, CTX),
    movImm(R2, SOL_SOCKET),
    movImm(R3, SO_BINDTOIFINDEX),
    movReg(R4, R10),
    addImm(R4, -4),
    movImm(R5, 4),
    call(SETSOCKOPT),
    jumpIfNotImm(R0, 0, "deny"),
  ];
}

/**
 * Has sendmsg() fail with EINTR: the kernel has looked up the route of this
 * datagram before it ran our program. When the process tries again, the socket
 * is bound.
 */
const NOT_THIS_DATAGRAM: readonly Insn[] = [
  movImm(R1, -ERRNO.EINTR),
  call(SET_RETVAL),
  jump("deny"),
];

/** The hooks of a socket that is about to use an address. */
export const ADDRESS_HOOKS = [
  ...["bind4", "bind6", "connect4", "connect6"] as const,
  ...["sendmsg4", "sendmsg6"] as const,
] as const;

/** One of {@linkcode ADDRESS_HOOKS}. */
export type AddressHook = typeof ADDRESS_HOOKS[number];

/**
 * Binds a socket that is about to use an address.
 *
 * @param family The folder of its pin, its first Linux, part of its kernel
 * name.
 * @param unless Instructions that leave the socket alone, by its address.
 */
export function bindAtAddress(
  hook: AddressHook,
  family: { folder: string; since: string; shortName: string },
  unless: readonly Insn[],
): ProgramSpec {
  const hookName = `${hook.slice(0, 1)}${hook.slice(-1)}`; // such as b4
  return {
    name: `${family.folder}/${hook}`,
    hook,
    ...HOOKS[hook],
    since: family.since,
    kernelName: `${KERNEL_NAME_PREFIX}${family.shortName}_${hookName}`,
    instructions: (bindingFd) => [
      ...onlyInOurNetns(bindingFd),
      ...unless,
      ...bindLate(SOCK_ADDR.sk, [jump("deny")]),
      ...hook.startsWith("sendmsg") ? NOT_THIS_DATAGRAM : [],
      ...VERDICTS,
    ],
  };
}
