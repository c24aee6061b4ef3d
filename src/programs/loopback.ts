/**
 * The loopback mode: TCP and UDP sockets are bound at their first use of an
 * address that is not loopback.
 */

import {
  and,
  type Insn,
  ja,
  jeq,
  jeq32,
  jne,
  label,
  load,
  mov,
  R1,
  R2,
  store,
} from "../bpf/insn.ts";
import { HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { AF_INET } from "../os/constants.ts";
import {
  ADDRESS_HOOKS,
  type AddressHook,
  bindAtAddress,
  bindLate,
  unlessBound,
} from "./late_bind.ts";
import {
  CTX,
  KERNEL_NAME_PREFIX,
  onlyInOurNetns,
  SINCE_SET_RETVAL,
  SOCK,
  SOCK_ADDR,
  verdicts,
} from "./prologue.ts";
import { refuseSocket } from "./refusals.ts";
import { BIND_AT_CREATION } from "./sock_create.ts";

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
export const SOCK_CREATE_LATE: ProgramSpec = {
  name: "loopback/sock_create",
  hook: "sock_create",
  ...HOOKS.sock_create,
  since: SINCE_SET_RETVAL,
  kernelName: `${KERNEL_NAME_PREFIX}lo_cr`,
  instructions: (maps) => [
    ...onlyInOurNetns(maps),
    ...BIND_AT_CREATION,
    load("u32", R2, CTX, SOCK.protocol),
    jeq(R2, IPPROTO_TCP, "allow"),
    jeq(R2, IPPROTO_UDP, "allow"),
    store("u32", CTX, SOCK.boundDevIf, R1),
    ...verdicts(refuseSocket(maps, SOCK.protocol)),
  ],
};

/** The third word of an IPv4-mapped address, bytes 00 00 ff ff, as a signed number. */
const MAPPED = 0xffff_0000 | 0;

/** Leaves the socket alone if the address at `ip4` is in 127.0.0.0/8. */
function unlessLoopback4(ip4: number): Insn[] {
  return [
    load("u32", R1, CTX, ip4),
    and(R1, 0xff),
    jeq(R1, 127, "allow"),
  ];
}

/** The same for ::1 and ::ffff:127.0.0.0/104 at `ip6`. */
function unlessLoopback6(ip6: number): Insn[] {
  return [
    load("u32", R1, CTX, ip6),
    jne(R1, 0, "elsewhere"),
    load("u32", R1, CTX, ip6 + 4),
    jne(R1, 0, "elsewhere"),
    load("u32", R1, CTX, ip6 + 8),
    load("u32", R2, CTX, ip6 + 12),
    jeq32(R1, MAPPED, "v4-mapped"),
    jne(R1, 0, "elsewhere"),
    jeq(R2, 0x0100_0000, "allow"), // 00 00 00 01
    ja("elsewhere"),
    label("v4-mapped"),
    and(R2, 0xff),
    jeq(R2, 127, "allow"),
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
    load("u32", R1, CTX, userPort),
    jne(R1, 0, "fixed"),
    ...words.flatMap((word) => [
      load("u32", R1, CTX, word),
      jne(R1, 0, "fixed"),
    ]),
    ...hook === "bind4" ? [] : [
      load("u32", R1, CTX, userIp6 + 8),
      jeq32(R1, MAPPED, "allow"),
      jne(R1, 0, "fixed"),
    ],
    ja("allow"),
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
  instructions: (maps) => [
    load("u32", R2, R1, SOCK_OPS.op),
    jne(R2, TCP_LISTEN_CB, "allow"),
    ...unlessBound(SOCK_OPS.sk),
    ...onlyInOurNetns(maps),
    load("u32", R1, CTX, SOCK_OPS.family),
    jne(R1, AF_INET, "v6"),
    ...unlessLoopback4(SOCK_OPS.localIp4),
    ja("elsewhere"),
    // Not for both families: localIp4 of a socket at ::5 is 127.0.0.6.
    label("v6"),
    ...unlessLoopback6(SOCK_OPS.localIp6),
    ...bindLate(CTX, [mov(R1, NOWHERE)]),
    ...verdicts([]),
  ],
};

/** What binds TCP and UDP sockets in the loopback mode. */
export const BIND_AT_USE: readonly ProgramSpec[] = [
  ...ADDRESS_HOOKS.map((hook) =>
    bindAtAddress(
      hook,
      { name: "loopback/", kernelName: "lo_" },
      unlessHosts(hook),
    )
  ),
  BIND_AT_LISTEN,
];
