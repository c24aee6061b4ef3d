/** Programs that bind a socket when it is about to use an address. */

import {
  add,
  call,
  type Insn,
  ja,
  jeq,
  jne,
  label,
  load,
  mov,
  R0,
  R1,
  R10,
  R2,
  R3,
  R4,
  R5,
  type Reg,
  store,
} from "../bpf/insn.ts";
import { HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { SO_BINDTOIFINDEX, SOL_SOCKET } from "../os/constants.ts";
import { ERRNO } from "../os/errno.ts";
import {
  BINDING,
  CTX,
  KERNEL_NAME_PREFIX,
  onlyInOurNetns,
  setErrno,
  SOCK,
  SOCK_ADDR,
  VALUE,
  VERDICTS,
} from "./prologue.ts";

/** A helper, by its number in uapi/linux/bpf.h. */
const SETSOCKOPT = 49;

/**
 * The start of programs that bind late: sockets that are bound need nothing,
 * and are most.
 *
 * @param sk The offset of the socket in the context.
 */
export function unlessBound(sk: number): Insn[] {
  return [
    load("u64", R2, R1, sk),
    jeq(R2, 0, "allow"),
    load("u32", R2, R2, SOCK.boundDevIf),
    jne(R2, 0, "allow"),
  ];
}

/**
 * Binds a socket that exists already, and is not bound. The process needs no
 * privileges for this: the kernel asks for none if the socket is not bound yet.
 *
 * @param socket The register of the socket, or of a context that has one.
 * @param whenGone What to do if the interface is gone.
 */
export function bindLate(socket: Reg, whenGone: readonly Insn[]): Insn[] {
  return [
    load("u32", R1, VALUE, BINDING.ifindex),
    jne(R1, 0, "bind"),
    ...whenGone,
    label("bind"),
    // A copy: if the map said 0 by now, the socket would stay unbound.
    store("u32", R10, -4, R1),
    mov(R1, socket),
    mov(R2, SOL_SOCKET),
    mov(R3, SO_BINDTOIFINDEX),
    mov(R4, R10),
    add(R4, -4),
    mov(R5, 4),
    call(SETSOCKOPT),
    jne(R0, 0, "deny"),
  ];
}

/**
 * Has sendmsg() fail with EINTR: the kernel has looked up the route of this
 * datagram before it ran our program. When the process tries again, the socket
 * is bound.
 */
const NOT_THIS_DATAGRAM: readonly Insn[] = [
  ...setErrno(ERRNO.EINTR),
  ja("deny"),
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
 * @param family The directory of its pin, its first Linux, part of its kernel
 * name.
 * @param unless Instructions that leave the socket alone, by its address.
 */
export function bindAtAddress(
  hook: AddressHook,
  family: { directory: string; since: string; shortName: string },
  unless: readonly Insn[],
): ProgramSpec {
  const hookName = `${hook.slice(0, 1)}${hook.slice(-1)}`; // such as b4
  return {
    name: `${family.directory}/${hook}`,
    hook,
    ...HOOKS[hook],
    since: family.since,
    kernelName: `${KERNEL_NAME_PREFIX}${family.shortName}_${hookName}`,
    instructions: (bindingFd) => [
      ...unlessBound(SOCK_ADDR.sk),
      ...onlyInOurNetns(bindingFd),
      ...unless,
      ...bindLate(CTX, [ja("deny")]),
      ...hook.startsWith("sendmsg") ? NOT_THIS_DATAGRAM : [],
      ...VERDICTS,
    ],
  };
}
