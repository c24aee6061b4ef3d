/**
 * Numbers of the kernel's headers that more than one module uses; x86_64 and
 * aarch64 agree on all of them.
 */

/** Address families, of linux/socket.h. */
export const AF_INET = 2;

export const AF_INET6 = 10;

/** `SOCK_DGRAM | SOCK_CLOEXEC`, of linux/net.h. */
export const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;

/** The level of the options that every socket has, of asm-generic/socket.h. */
export const SOL_SOCKET = 1;

/** An option of that level, Linux 5.1. */
export const SO_BINDTOIFINDEX = 62;

/** The ifindex of lo in every network namespace, of net/flow.h. */
export const LOOPBACK_IFINDEX = 1;
