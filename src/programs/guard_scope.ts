/**
 * The guards on scopes: the scope id of a link-local address names a device,
 * which takes the place of the VRF.
 */

import {
  add,
  and,
  type Insn,
  ja,
  jeq,
  jne,
  label,
  load,
  lsh,
  mov,
  R1,
  R10,
  R2,
  R3,
  R6,
  R9,
  store,
} from "../bpf/insn.ts";
import { type FieldOffset, HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { ERRNO } from "../os/errno.ts";
import { DEVICE, ifOurs, loadMaster, readKernel } from "./kernel_memory.ts";
import {
  CTX,
  KERNEL_NAME_PREFIX,
  onlyInOurNetns,
  setErrno,
  SINCE_SET_RETVAL,
  SOCK,
  SOCK_ADDR,
  verdicts,
} from "./prologue.ts";

/** `offsetof(struct sockaddr_in6, sin6_scope_id)` */
const SIN6_SCOPE_ID = 24;

/** `NETDEV_HASHENTRIES` of linux/netdevice.h */
const BUCKETS = 256;

/**
 * How many devices of a bucket are looked at; the kernel gives ifindexes in their
 * order, so a bucket has one in 256. The verifier walks through each round.
 */
const MAX_DEVICES = 64;

/** The size of a pointer, as a power of two. */
const POINTER_SHIFT = 3;

/** Where the device that a socket is bound to is kept, below r10. */
const BOUND = -16;

/** The device that the scope id names. */
const SCOPE = R9;

/** How many devices are left to look at; the context is of no use by then. */
const COUNT = R6;

/**
 * Leaves alone what is no link-local address, and no multicast address of that
 * scope (__ipv6_addr_needs_scope_id() in net/ipv6.h).
 */
function ifScoped(): Insn[] {
  return [
    load("u32", R2, R1, SOCK_ADDR.userIp6),
    mov(R3, R2),
    and(R2, 0xc0ff),
    jeq(R2, 0x80fe, "scoped"), // fe80::/10
    and(R3, 0x0fff),
    jeq(R3, 0x01ff, "scoped"), // ff01::/16 and the like
    jne(R3, 0x02ff, "allow"), // ff02::/16
    label("scoped"),
  ];
}

/**
 * Loads the scope id. struct bpf_sock_addr has none; what it stands for in the
 * kernel points to the address as the process gave it.
 */
function loadScope(offsetOf: FieldOffset): Insn[] {
  const address = offsetOf("bpf_sock_addr_kern", "uaddr");
  return [
    ...readKernel("u64", SCOPE, CTX, address),
    ...readKernel("u32", SCOPE, SCOPE, SIN6_SCOPE_ID),
    jeq(SCOPE, 0, "allow"),
  ];
}

/** Lets pass a scope that is the VRF, or what the socket is bound to anyway. */
function unlessNamesAnother(): Insn[] {
  return [
    mov(R1, SCOPE),
    ...ifOurs,
    load("u64", R1, CTX, SOCK_ADDR.sk),
    load("u32", R1, R1, SOCK.boundDevIf),
    jeq(R1, SCOPE, "allow"),
    store("u32", R10, BOUND, R1),
  ];
}

/** Finds the device of the scope id, as dev_get_by_index_rcu() does. */
function findDevice(offsetOf: FieldOffset): Insn[] {
  const node = offsetOf("net_device", "index_hlist");
  return [
    ...readKernel("u64", DEVICE, CTX, offsetOf("bpf_sock_addr_kern", "sk")),
    ...readKernel(
      "u64",
      DEVICE,
      DEVICE,
      offsetOf("sock", "__sk_common.skc_net.net"),
    ),
    ...readKernel("u64", DEVICE, DEVICE, offsetOf("net", "dev_index_head")),
    mov(R1, SCOPE),
    and(R1, BUCKETS - 1),
    lsh(R1, POINTER_SHIFT),
    add(DEVICE, R1),
    mov(COUNT, MAX_DEVICES),
    label("next"),
    jeq(COUNT, 0, "deny"),
    add(COUNT, -1),
    ...readKernel("u64", DEVICE, DEVICE, 0),
    jeq(DEVICE, 0, "deny"),
    ...readKernel(
      "u32",
      R1,
      DEVICE,
      offsetOf("net_device", "ifindex") - node,
    ),
    jeq(R1, SCOPE, "found"),
    ja("next"),
    label("found"),
    add(DEVICE, -node),
  ];
}

/**
 * Refuses an address with the scope of a device that is outside of the VRF:
 *
 * ```c
 * if (!scope_id || scope_id == binding->ifindex) return 1;
 * if (scope_id == sk->bound_dev_if) return 1;
 * master = master of the device scope_id;
 * return master == binding->ifindex || master == sk->bound_dev_if;
 * ```
 *
 * connect() needs no such guard: there, the kernel itself refuses the scope of
 * a device outside of the VRF that the socket is bound to
 * (sk_dev_equal_l3scope() in net/core/sock.c). What a process has bound itself
 * to, and what an inner cgroup has, is as good as the VRF.
 *
 * @param errno What the process sees: what the kernel says of other addresses
 * that are outside of the VRF.
 */
function guardScope(
  hook: "bind6" | "sendmsg6",
  shortName: string,
  errno: number,
): ProgramSpec {
  return {
    name: `guard/scope_${hook}`,
    hook,
    ...HOOKS[hook],
    since: SINCE_SET_RETVAL,
    kernelName: `${KERNEL_NAME_PREFIX}${shortName}`,
    instructions: (bindingFd, offsetOf) => [
      ...ifScoped(),
      ...onlyInOurNetns(bindingFd),
      ...loadScope(offsetOf),
      ...unlessNamesAnother(),
      ...findDevice(offsetOf),
      ...loadMaster(offsetOf),
      ...ifOurs,
      load("u32", R2, R10, BOUND),
      jeq(R1, R2, "allow"),
      ja("deny"),
      ...verdicts(setErrno(errno)),
    ],
  };
}

/** The guards on scopes, of every mode without the lock. */
export const SCOPE_GUARDS: readonly ProgramSpec[] = [
  guardScope("bind6", "gd_sb", ERRNO.EADDRNOTAVAIL),
  guardScope("sendmsg6", "gd_ss", ERRNO.ENETUNREACH),
];
