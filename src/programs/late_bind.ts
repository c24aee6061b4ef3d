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
  SINCE_SET_RETVAL,
  SOCK,
  SOCK_ADDR,
  VALUE,
  verdicts,
} from "./prologue.ts";
import { refuseSocket } from "./refusals.ts";

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
 * @param prefix The start of the program's name in messages, and in the kernel.
 * @param unless Instructions that leave the socket alone, by its address.
 */
export function bindAtAddress(
  hook: AddressHook,
  prefix: { name: string; kernelName: string },
  unless: readonly Insn[],
): ProgramSpec {
  const hookName = `${hook.slice(0, 1)}${hook.slice(-1)}`; // such as b4
  return {
    name: `${prefix.name}${hook}`,
    hook,
    ...HOOKS[hook],
    since: SINCE_SET_RETVAL,
    kernelName: `${KERNEL_NAME_PREFIX}${prefix.kernelName}${hookName}`,
    instructions: (maps) => [
      ...unlessBound(SOCK_ADDR.sk),
      ...onlyInOurNetns(maps),
      ...unless,
      ...bindLate(CTX, [ja("refuse")]),
      ...hook.startsWith("sendmsg") ? NOT_THIS_DATAGRAM : [],
      ...verdicts(refuseSocket(maps)),
    ],
  };
}

/**
 * Binds, when it connects, a socket that has lost its device: connect() to
 * AF_UNSPEC takes it from a datagram socket (__udp_disconnect() in
 * net/ipv4/udp.c). getaddrinfo() of the C library does both, to put addresses
 * into order, and looks at the routes of the VRF so.
 */
export const BIND_AT_CONNECT: readonly ProgramSpec[] = [
  ...(["connect4", "connect6"] as const).map((hook) =>
    bindAtAddress(hook, { name: "", kernelName: "" }, [])
  ),
];
