/**
 * The loopback mode: TCP and UDP sockets are bound at their first use of an
 * address that is not loopback. Pure.
 */

import {
  andImm,
  type Insn,
  jump,
  jumpIfImm,
  jumpIfImm32,
  jumpIfNotImm,
  label,
  loadMem,
  movImm,
  R1,
  R2,
  storeMem,
} from "../bpf/insn.ts";
import { HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { AF_INET } from "../os/constants.ts";
import {
  ADDRESS_HOOKS,
  type AddressHook,
  bindAtAddress,
  bindLate,
  unlessBound,
} from "./address.ts";
import {
  CTX,
  KERNEL_NAME_PREFIX,
  onlyInOurNetns,
  SINCE_SET_RETVAL,
  SOCK,
  SOCK_ADDR,
  VERDICTS,
} from "./parts.ts";
import { BIND_AT_CREATION } from "./plain.ts";

/** `offsetof(struct bpf_sock_ops, …)` */
const SOCK_OPS = {
  op: 0,
  family: 20,
  localIp4: 28,
  localIp6: 48,
  sk: 184,
} as const;

const IPPROTO_TCP = 6;

const IPPROTO_UDP = 17;

/** `BPF_SOCK_OPS_TCP_LISTEN_CB` */
const TCP_LISTEN_CB = 11;

/** The highest ifindex, which no interface ever has. */
const NOWHERE = 0x7fff_ffff;

/** As in the plain mode, except that TCP and UDP sockets are bound later. */
const SOCK_CREATE_LATE: ProgramSpec = {
  name: "loopback/sock_create",
  hook: "sock_create",
  ...HOOKS.sock_create,
  since: SINCE_SET_RETVAL,
  kernelName: `${KERNEL_NAME_PREFIX}lo_cr`,
  instructions: (bindingFd) => [
    ...onlyInOurNetns(bindingFd),
    ...BIND_AT_CREATION,
    loadMem("u32", R2, CTX, SOCK.protocol),
    jumpIfImm(R2, IPPROTO_TCP, "allow"),
    jumpIfImm(R2, IPPROTO_UDP, "allow"),
    storeMem("u32", CTX, SOCK.boundDevIf, R1),
    ...VERDICTS,
  ],
};

/** The third word of an IPv4-mapped address, bytes 00 00 ff ff, as loaded. */
const MAPPED = 0xffff_0000;

/** Leaves the socket alone if the address at `ip4` is in 127.0.0.0/8. */
function unlessLoopback4(ip4: number): Insn[] {
  return [
    loadMem("u32", R1, CTX, ip4),
    andImm(R1, 0xff),
    jumpIfImm(R1, 127, "allow"),
  ];
}

/** The same for ::1 and ::ffff:127.0.0.0/104 at `ip6`. */
function unlessLoopback6(ip6: number): Insn[] {
  return [
    loadMem("u32", R1, CTX, ip6),
    jumpIfNotImm(R1, 0, "elsewhere"),
    loadMem("u32", R1, CTX, ip6 + 4),
    jumpIfNotImm(R1, 0, "elsewhere"),
    loadMem("u32", R1, CTX, ip6 + 8),
    loadMem("u32", R2, CTX, ip6 + 12),
    jumpIfImm32(R1, MAPPED, "v4-mapped"),
    jumpIfNotImm(R1, 0, "elsewhere"),
    jumpIfImm(R2, 0x0100_0000, "allow"), // 00 00 00 01
    jump("elsewhere"),
    label("v4-mapped"),
    andImm(R2, 0xff),
    jumpIfImm(R2, 127, "allow"),
    label("elsewhere"),
  ];
}

/**
 * Leaves the socket alone if bind() gives it neither an address nor a port, as
 * some clients do before they connect. Whatever they do next, listening
 * included, runs our programs again.
 */
function unlessAnyPort(hook: "bind4" | "bind6"): Insn[] {
  const { userPort, userIp4, userIp6 } = SOCK_ADDR;
  const words = hook === "bind4"
    ? [userIp4]
    : [userIp6, userIp6 + 4, userIp6 + 12];
  return [
    loadMem("u32", R1, CTX, userPort),
    jumpIfNotImm(R1, 0, "fixed"),
    ...words.flatMap((word) => [
      loadMem("u32", R1, CTX, word),
      jumpIfNotImm(R1, 0, "fixed"),
    ]),
    ...hook === "bind4" ? [] : [
      loadMem("u32", R1, CTX, userIp6 + 8),
      jumpIfImm32(R1, MAPPED, "allow"),
      jumpIfNotImm(R1, 0, "fixed"),
    ],
    jump("allow"),
    label("fixed"),
  ];
}

/** Leaves the socket alone if it uses loopback, or no address yet. */
function unlessHosts(hook: AddressHook): Insn[] {
  return [
    ...hook.endsWith("6")
      ? unlessLoopback6(SOCK_ADDR.userIp6)
      : unlessLoopback4(SOCK_ADDR.userIp4),
    ...hook === "bind4" || hook === "bind6" ? unlessAnyPort(hook) : [],
  ];
}

/**
 * Binds a TCP socket that listens without bind(). A sock_ops program cannot
 * refuse listen(), so if the interface is gone, the socket is bound to an
 * ifindex that no interface has, and is unreachable.
 */
const BIND_AT_LISTEN: ProgramSpec = {
  name: "loopback/sock_ops",
  hook: "sock_ops",
  ...HOOKS.sock_ops,
  since: SINCE_SET_RETVAL,
  kernelName: `${KERNEL_NAME_PREFIX}lo_op`,
  instructions: (bindingFd) => [
    loadMem("u32", R2, R1, SOCK_OPS.op),
    jumpIfNotImm(R2, TCP_LISTEN_CB, "allow"),
    ...unlessBound(SOCK_OPS.sk),
    ...onlyInOurNetns(bindingFd),
    loadMem("u32", R1, CTX, SOCK_OPS.family),
    jumpIfNotImm(R1, AF_INET, "v6"),
    ...unlessLoopback4(SOCK_OPS.localIp4),
    jump("elsewhere"),
    // Not for both families: localIp4 of a socket at ::5 is 127.0.0.6.
    label("v6"),
    ...unlessLoopback6(SOCK_OPS.localIp6),
    ...bindLate(CTX, [movImm(R1, NOWHERE)]),
    ...VERDICTS,
  ],
};

/** The programs of the loopback mode. */
export const LOOPBACK: readonly ProgramSpec[] = [
  SOCK_CREATE_LATE,
  ...ADDRESS_HOOKS.map((hook) =>
    bindAtAddress(
      hook,
      { folder: "loopback", since: SINCE_SET_RETVAL, shortName: "lo" },
      unlessHosts(hook),
    )
  ),
  BIND_AT_LISTEN,
];
