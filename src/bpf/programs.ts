/** The programs that a binding consists of, as instructions. Pure. */

import {
  addImm,
  andImm,
  call,
  exit,
  type Insn,
  jump,
  jumpIfImm,
  jumpIfImm32,
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
} from "./insn.ts";

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
  /** Its instructions, given the file descriptor of the binding map. */
  readonly instructions: (bindingFd: number) => Insn[];
}

/** A place where programs attach to a cgroup, by the name that systemd has. */
export type Hook = keyof typeof HOOKS;

const BPF_PROG_TYPE_CGROUP_SOCK = 9;
const BPF_PROG_TYPE_SOCK_OPS = 13;
const BPF_PROG_TYPE_CGROUP_SOCK_ADDR = 18;
const BPF_PROG_TYPE_CGROUP_SOCKOPT = 25;

/** What the kernel knows a hook by. */
const HOOKS = {
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

/**
 * Every program of ours has a kernel name that begins with this, and so has
 * the binding map.
 */
export const KERNEL_NAME_PREFIX = "denovrf_";

/**
 * Where the fields of the map's value are, in bytes:
 * `struct binding { u32 ifindex; u32 flags; u64 netns_cookie; }`.
 */
export const BINDING = { ifindex: 0, netnsCookie: 8, size: 16 } as const;

/** `offsetof(struct bpf_sock, …)` */
const SOCK = { boundDevIf: 0, protocol: 12 } as const;

/** `offsetof(struct bpf_sock_addr, …)` */
const SOCK_ADDR = { userIp4: 4, userIp6: 8, userPort: 24, sk: 64 } as const;

/** `offsetof(struct bpf_sock_ops, …)` */
const SOCK_OPS = {
  op: 0,
  family: 20,
  localIp4: 28,
  localIp6: 48,
  sk: 184,
} as const;

/** `offsetof(struct bpf_sockopt, …)` */
const SOCKOPT = { sk: 0, level: 24, optname: 28 } as const;

const AF_INET = 2;
const IPPROTO_IP = 0;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_IPV6 = 41;
const IPPROTO_MPTCP = 262;
const SOL_SOCKET = 1;
const SO_BINDTOIFINDEX = 62;
const EINTR = 4;
/** `BPF_SOCK_OPS_TCP_LISTEN_CB` */
const TCP_LISTEN_CB = 11;
/** The highest ifindex, which no interface comes to have. */
const NOWHERE = 0x7fff_ffff;

/** Helpers, by their numbers in uapi/linux/bpf.h. */
const SETSOCKOPT = 49;
/** In cgroup/sock and sock_addr since Linux 5.7, in sock_ops and sockopt later. */
const GET_NETNS_COOKIE = 122;
/** Since Linux 5.18. */
const SET_RETVAL = 187;

/** For bpf_set_retval(); seen to work with 6.1, 6.12, 6.18 and 7.2. */
const LOOPBACK_SINCE = "5.18";
const LOCK_SINCE = "5.18";

/** What a program works with, from its second instruction on. */
const CTX = R6;
const VALUE = R7;

/**
 * Where every program starts: with its context in {@linkcode CTX} and the
 * map's value in {@linkcode VALUE}. An ifindex means nothing in another network
 * namespace, so sockets there are left alone.
 */
function onlyInOurNetns(bindingFd: number): Insn[] {
  return [
    movReg(CTX, R1),
    ...loadMapValue(VALUE, bindingFd),
    call(GET_NETNS_COOKIE),
    loadMem("u64", R1, VALUE, BINDING.netnsCookie),
    jumpIfNotReg(R0, R1, "allow"),
  ];
}

/** Where every program ends. To return 0 is to make a call fail with EPERM. */
const VERDICTS: readonly Insn[] = [
  label("allow"),
  movImm(R0, 1),
  exit(),
  label("deny"),
  movImm(R0, 0),
  exit(),
];

/** What sock_create does with a socket that it is not to leave alone. */
const BIND_AT_CREATION: readonly Insn[] = [
  loadMem("u32", R1, CTX, SOCK.protocol),
  jumpIfImm(R1, IPPROTO_MPTCP, "deny"),
  loadMem("u32", R1, CTX, SOCK.boundDevIf),
  jumpIfNotImm(R1, 0, "allow"),
  loadMem("u32", R1, VALUE, BINDING.ifindex),
  jumpIfImm(R1, 0, "deny"),
];

/**
 * Binds a socket when it is made:
 *
 * ```c
 * if (bpf_get_netns_cookie(sk) != binding->netns_cookie) return 1;
 * if (sk->protocol == IPPROTO_MPTCP) return 0;
 * if (sk->bound_dev_if) return 1;
 * if (!binding->ifindex) return 0;
 * sk->bound_dev_if = binding->ifindex;
 * return 1;
 * ```
 *
 * The kernel runs the program of the innermost cgroup first, so a socket that
 * is bound already was bound by an inner one, and stays. Of an MPTCP socket,
 * what is really on the network is made by the kernel for itself, past every
 * program, and unbound (seen with 6.18): so there is none. Go, which listens
 * with MPTCP by default, takes TCP then.
 */
export const SOCK_CREATE: ProgramSpec = {
  name: "sock_create",
  hook: "sock_create",
  ...HOOKS.sock_create,
  since: "5.14", // for the cookie that it compares
  kernelName: `${KERNEL_NAME_PREFIX}create`,
  instructions: (bindingFd) => [
    ...onlyInOurNetns(bindingFd),
    ...BIND_AT_CREATION,
    storeMem("u32", CTX, SOCK.boundDevIf, R1),
    ...VERDICTS,
  ],
};

/** The same, but for TCP and UDP sockets, which may be bound later. */
const LOOPBACK_SOCK_CREATE: ProgramSpec = {
  name: "loopback/sock_create",
  hook: "sock_create",
  ...HOOKS.sock_create,
  since: LOOPBACK_SINCE,
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

/** The third word of an IPv4-mapped address, 00 00 ff ff, as it is loaded. */
const MAPPED = 0xffff_0000;

/** Leaves the socket alone if the address there is in 127.0.0.0/8. */
function unlessLoopback4(ip4: number): Insn[] {
  return [
    loadMem("u32", R1, CTX, ip4),
    andImm(R1, 0xff),
    jumpIfImm(R1, 127, "allow"),
  ];
}

/** The same for ::1 and ::ffff:127.0.0.0/104. */
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
 * Leaves the socket alone if it is bound to no address and no port of its own:
 * so clients begin that have not said yet whom they talk to. What else they do,
 * listening included, asks us again.
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

/**
 * Binds a socket that was made before, unless it is bound. Only a socket that
 * is not bound can be bound without privileges of the process.
 *
 * @param sk The place of the socket in the context.
 * @param whenGone What to do where the interface is gone.
 */
function bindLate(sk: number, whenGone: readonly Insn[]): Insn[] {
  return [
    loadMem("u64", R1, CTX, sk),
    jumpIfImm(R1, 0, "allow"),
    loadMem("u32", R1, R1, SOCK.boundDevIf),
    jumpIfNotImm(R1, 0, "allow"),
    loadMem("u32", R1, VALUE, BINDING.ifindex),
    jumpIfNotImm(R1, 0, "bind"),
    ...whenGone,
    label("bind"),
    // A copy: 0 in the map by now would leave the socket unbound.
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
 * What has the kernel look for another route than it has found: it did so
 * before it asked us, for the datagram in hand. The program's next try is bound.
 */
const NOT_THIS_DATAGRAM: readonly Insn[] = [
  movImm(R1, -EINTR),
  call(SET_RETVAL),
  jump("deny"),
];

/** Binds a socket that is about to use an address, unless that is loopback. */
function bindAtAddress(
  hook: Hook,
  shortName: string,
  bound: readonly Insn[] = [],
): ProgramSpec {
  return {
    name: `loopback/${hook}`,
    hook,
    ...HOOKS[hook],
    since: LOOPBACK_SINCE,
    kernelName: `${KERNEL_NAME_PREFIX}lo_${shortName}`,
    instructions: (bindingFd) => [
      ...onlyInOurNetns(bindingFd),
      ...hook.endsWith("6")
        ? unlessLoopback6(SOCK_ADDR.userIp6)
        : unlessLoopback4(SOCK_ADDR.userIp4),
      ...hook === "bind4" || hook === "bind6" ? unlessAnyPort(hook) : [],
      ...bindLate(SOCK_ADDR.sk, [jump("deny")]),
      ...bound,
      ...VERDICTS,
    ],
  };
}

/**
 * Binds a TCP socket that begins to listen at no address that bind() gave it.
 * listen() cannot be refused here, so without an interface, nobody hears it.
 */
const BIND_AT_LISTEN: ProgramSpec = {
  name: "loopback/sock_ops",
  hook: "sock_ops",
  ...HOOKS.sock_ops,
  since: LOOPBACK_SINCE,
  kernelName: `${KERNEL_NAME_PREFIX}lo_op`,
  instructions: (bindingFd) => [
    loadMem("u32", R2, R1, SOCK_OPS.op),
    jumpIfNotImm(R2, TCP_LISTEN_CB, "allow"),
    ...onlyInOurNetns(bindingFd),
    loadMem("u32", R1, CTX, SOCK_OPS.family),
    jumpIfNotImm(R1, AF_INET, "v6"),
    ...unlessLoopback4(SOCK_OPS.localIp4),
    jump("elsewhere"),
    // Not for both: the IPv4 address of one at ::5 is 127.0.0.6 here.
    label("v6"),
    ...unlessLoopback6(SOCK_OPS.localIp6),
    ...bindLate(SOCK_OPS.sk, [movImm(R1, NOWHERE)]),
    ...VERDICTS,
  ],
};

/** What is bound, and when. */
export interface Mode {
  /** Whether localhost is the host's, and everything else the VRF's. */
  readonly loopback: boolean;
  /** Whether a process is kept from choosing another device itself. */
  readonly lock: boolean;
}

/** What a locked socket may not be told. */
const LOCKED_OPTIONS: Readonly<Record<number, readonly number[]>> = {
  [SOL_SOCKET]: [
    25, // SO_BINDTODEVICE
    SO_BINDTOIFINDEX,
  ],
  // To join a group has the kernel say so, by a device of the default VRF where
  // none is named.
  [IPPROTO_IP]: [
    4, // IP_OPTIONS: a source route begins elsewhere than its address says
    35, // IP_ADD_MEMBERSHIP
    39, // IP_ADD_SOURCE_MEMBERSHIP
    42, // MCAST_JOIN_GROUP
    46, // MCAST_JOIN_SOURCE_GROUP
  ],
  [IPPROTO_IPV6]: [
    20, // IPV6_ADD_MEMBERSHIP
    27, // IPV6_JOIN_ANYCAST
    42, // MCAST_JOIN_GROUP
    46, // MCAST_JOIN_SOURCE_GROUP
    57, // IPV6_RTHDR: as IP_OPTIONS
  ],
};

/**
 * What the kernel refuses to a bound socket where it names a device outside of
 * the VRF (do_ip_setsockopt() in net/ipv4/ip_sockglue.c, and for IPv6
 * net/ipv6/ipv6_sockglue.c), and not to one that is not bound yet, or any more.
 */
const LOCKED_UNTIL_BOUND: Readonly<Record<number, readonly number[]>> = {
  [IPPROTO_IP]: [
    32, // IP_MULTICAST_IF
    50, // IP_UNICAST_IF
  ],
  [IPPROTO_IPV6]: [
    6, // IPV6_2292PKTOPTIONS
    17, // IPV6_MULTICAST_IF
    50, // IPV6_PKTINFO
    76, // IPV6_UNICAST_IF
  ],
};

/** Goes to a label for each option of a list. */
function ifOption(
  options: Readonly<Record<number, readonly number[]>>,
  name: string,
  target: string,
): Insn[] {
  return Object.entries(options).flatMap(([level, names]) => [
    jumpIfNotImm(R2, Number(level), `${name} not ${level}`),
    ...names.map((option) => jumpIfImm(R3, option, target)),
    label(`${name} not ${level}`),
  ]);
}

/** Refuses options by which a socket would leave the VRF. */
export const LOCK_SETSOCKOPT: ProgramSpec = {
  name: "lock/setsockopt",
  hook: "setsockopt",
  ...HOOKS.setsockopt,
  since: LOCK_SINCE,
  kernelName: `${KERNEL_NAME_PREFIX}lk_so`,
  instructions: (bindingFd) => [
    ...onlyInOurNetns(bindingFd),
    loadMem("u32", R2, CTX, SOCKOPT.level),
    loadMem("u32", R3, CTX, SOCKOPT.optname),
    ...ifOption(LOCKED_OPTIONS, "locked", "deny"),
    ...ifOption(LOCKED_UNTIL_BOUND, "until bound", "unless bound"),
    jump("allow"),
    label("unless bound"),
    loadMem("u64", R1, CTX, SOCKOPT.sk),
    jumpIfImm(R1, 0, "deny"),
    loadMem("u32", R1, R1, SOCK.boundDevIf),
    jumpIfImm(R1, 0, "deny"),
    ...VERDICTS,
  ],
};

/**
 * Refuses link-local addresses, and multicast ones of that scope: the device
 * that goes with one need not be in the VRF, and is not shown to a program.
 */
const NOT_LINK_LOCAL: readonly Insn[] = [
  loadMem("u32", R1, CTX, SOCK_ADDR.userIp6),
  andImm(R1, 0xc0ff),
  jumpIfImm(R1, 0x80fe, "deny"), // fe80::/10
  loadMem("u32", R1, CTX, SOCK_ADDR.userIp6),
  andImm(R1, 0x0fff),
  jumpIfImm(R1, 0x01ff, "deny"), // ff01::/16 and the like
  jumpIfImm(R1, 0x02ff, "deny"), // ff02::/16
];

/**
 * Binds a socket again that has lost its device: a UDP socket does, when its
 * association is dissolved (__udp_disconnect() in net/ipv4/udp.c).
 */
function bindAgain(
  hook: Hook,
  shortName: string,
  bound: readonly Insn[] = [],
): ProgramSpec {
  return {
    name: `lock/${hook}`,
    hook,
    ...HOOKS[hook],
    since: LOCK_SINCE,
    kernelName: `${KERNEL_NAME_PREFIX}lk_${shortName}`,
    instructions: (bindingFd) => [
      ...onlyInOurNetns(bindingFd),
      ...hook.endsWith("6") ? NOT_LINK_LOCAL : [],
      ...bindLate(SOCK_ADDR.sk, [jump("deny")]),
      ...bound,
      ...VERDICTS,
    ],
  };
}

/** Every socket is bound when it is made. */
export const PLAIN_MODE: Mode = { loopback: false, lock: false };

/** Whether a mode is the plain one, whose programs every binding has. */
export function isPlain({ loopback, lock }: Mode): boolean {
  return !loopback && !lock;
}

const PLAIN: readonly ProgramSpec[] = [SOCK_CREATE];

/** They bind TCP and UDP sockets when these turn to an address elsewhere. */
const LOOPBACK: readonly ProgramSpec[] = [
  LOOPBACK_SOCK_CREATE,
  bindAtAddress("bind4", "b4"),
  bindAtAddress("bind6", "b6"),
  bindAtAddress("connect4", "c4"),
  bindAtAddress("connect6", "c6"),
  bindAtAddress("sendmsg4", "s4", NOT_THIS_DATAGRAM),
  bindAtAddress("sendmsg6", "s6", NOT_THIS_DATAGRAM),
  BIND_AT_LISTEN,
];

/** What the plain mode needs to be locked besides. */
const BIND_AGAIN: readonly ProgramSpec[] = [
  bindAgain("bind4", "b4"),
  bindAgain("bind6", "b6"),
  bindAgain("connect4", "c4"),
  bindAgain("connect6", "c6"),
  bindAgain("sendmsg4", "s4", NOT_THIS_DATAGRAM),
  bindAgain("sendmsg6", "s6", NOT_THIS_DATAGRAM),
];

/** Every program that there is. */
export const PROGRAMS: readonly ProgramSpec[] = [
  ...PLAIN,
  ...LOOPBACK,
  LOCK_SETSOCKOPT,
  ...BIND_AGAIN,
];

/** The programs of a mode; the first binds sockets when they are made. */
export function programsOf({ loopback, lock }: Mode): readonly ProgramSpec[] {
  if (!lock) return loopback ? LOOPBACK : PLAIN;
  return loopback
    ? [...LOOPBACK, LOCK_SETSOCKOPT]
    : [...PLAIN, LOCK_SETSOCKOPT, ...BIND_AGAIN];
}

/**
 * The mode of which programs are, by their kernel names or our names for their
 * pins.
 */
export function modeOf(names: readonly string[]): Mode {
  const hasAny = (folder: string, shortName: string) =>
    names.some((name) =>
      name.startsWith(folder) ||
      name.startsWith(`${KERNEL_NAME_PREFIX}${shortName}`)
    );
  return { loopback: hasAny("loopback/", "lo_"), lock: hasAny("lock/", "lk_") };
}
