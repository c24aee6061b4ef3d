/** Binds sockets when they are created. */

import { type Insn, jeq, jne, load, R1, store } from "../bpf/insn.ts";
import { HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import {
  BINDING,
  CTX,
  KERNEL_NAME_PREFIX,
  onlyInOurNetns,
  SINCE_NETNS_COOKIE,
  SOCK,
  VALUE,
  verdicts,
} from "./prologue.ts";
import { refuseSocket } from "./refusals.ts";

const IPPROTO_MPTCP = 262;

/** Loads the ifindex into r1, unless the socket is bound or to be refused. */
export const BIND_AT_CREATION: readonly Insn[] = [
  load("u32", R1, CTX, SOCK.protocol),
  jeq(R1, IPPROTO_MPTCP, "deny"),
  load("u32", R1, CTX, SOCK.boundDevIf),
  jne(R1, 0, "allow"),
  load("u32", R1, VALUE, BINDING.ifindex),
  jeq(R1, 0, "refuse"),
];

/**
 * Binds a socket when it is created:
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
 * The kernel runs the program of the innermost cgroup first: a socket that is
 * bound already was bound by an inner one, and stays as it is. MPTCP sockets are
 * refused, because the kernel creates their subflows itself, without running
 * programs, and unbound (seen with 6.18). Go, which listens with MPTCP by
 * default, falls back to TCP; so these are not counted.
 */
export const SOCK_CREATE: ProgramSpec = {
  name: "sock_create",
  hook: "sock_create",
  ...HOOKS.sock_create,
  since: SINCE_NETNS_COOKIE,
  kernelName: `${KERNEL_NAME_PREFIX}create`,
  instructions: (maps) => [
    ...onlyInOurNetns(maps),
    ...BIND_AT_CREATION,
    store("u32", CTX, SOCK.boundDevIf, R1),
    ...verdicts(refuseSocket(maps, SOCK.protocol)),
  ],
};
