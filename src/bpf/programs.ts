/** The programs that a binding consists of, as instructions. Pure. */

import {
  call,
  exit,
  type Insn,
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
  R6,
  R7,
  storeMem,
} from "./insn.ts";

/** What a program is to the kernel, and how it is made. */
export interface ProgramSpec {
  /** systemd's name for where it attaches (`BPFProgram=`), and its pin's. */
  readonly name: string;
  /** Its name in the kernel, at most 15 characters; what makes it ours. */
  readonly kernelName: string;
  /** `enum bpf_prog_type` */
  readonly type: number;
  /** `enum bpf_attach_type` */
  readonly attachType: number;
  /** Its instructions, given the file descriptor of the binding map. */
  readonly instructions: (bindingFd: number) => Insn[];
}

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

/** `offsetof(struct bpf_sock, bound_dev_if)` */
const SOCK_BOUND_DEV_IF = 0;

/** `bpf_get_netns_cookie`, in cgroup/sock programs since Linux 5.7. */
const GET_NETNS_COOKIE = 122;

/**
 * Binds a socket when it is made:
 *
 * ```c
 * if (bpf_get_netns_cookie(sk) != binding->netns_cookie) return 1;
 * if (sk->bound_dev_if) return 1;
 * if (!binding->ifindex) return 0;
 * sk->bound_dev_if = binding->ifindex;
 * return 1;
 * ```
 *
 * An ifindex means nothing in another network namespace, so sockets there are
 * left alone. The kernel runs the program of the innermost cgroup first, so a
 * socket that is bound already was bound by an inner one, and stays.
 * To return 0 is to make socket() fail with EPERM.
 */
export const SOCK_CREATE: ProgramSpec = {
  name: "sock_create",
  kernelName: `${KERNEL_NAME_PREFIX}create`,
  type: 9, // BPF_PROG_TYPE_CGROUP_SOCK
  attachType: 2, // BPF_CGROUP_INET_SOCK_CREATE
  instructions: (bindingFd) => [
    movReg(R6, R1),
    ...loadMapValue(R7, bindingFd),
    call(GET_NETNS_COOKIE),
    loadMem("u64", R1, R7, BINDING.netnsCookie),
    jumpIfNotReg(R0, R1, "allow"),
    loadMem("u32", R1, R6, SOCK_BOUND_DEV_IF),
    jumpIfNotImm(R1, 0, "allow"),
    loadMem("u32", R1, R7, BINDING.ifindex),
    jumpIfImm(R1, 0, "deny"),
    storeMem("u32", R6, SOCK_BOUND_DEV_IF, R1),
    label("allow"),
    movImm(R0, 1),
    exit(),
    label("deny"),
    movImm(R0, 0),
    exit(),
  ],
};

/** The programs of a binding. */
export const PROGRAMS: readonly ProgramSpec[] = [SOCK_CREATE];
