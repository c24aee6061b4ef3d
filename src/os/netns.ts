/** Network namespaces: their cookies, their inodes, and `ip netns`' names. */

import { SOCK_DGRAM_CLOEXEC } from "./constants.ts";
import { ERRNO, unlessErrno } from "./errno.ts";
import { namesIn, readLink, statusOf } from "./files.ts";
import { checked, Fd, libc } from "./libc.ts";
import { option } from "./socket.ts";

const AF_UNIX = 1;

/** `SO_NETNS_COOKIE`, Linux 5.14. */
const SO_NETNS_COOKIE = 71;

/** Where iproute2 keeps namespaces by their names; see ip-netns(8). */
const NAMED = "/run/netns";

/**
 * The cookie of this process's network namespace: never 0, unique until the
 * next boot, and the number that the BPF helper bpf_get_netns_cookie() returns.
 *
 * @throws {SystemError} If the kernel is older than 5.14.
 */
export function netnsCookie(): bigint {
  const attempt = "read the cookie of the network namespace";
  using fd = new Fd(
    checked(attempt, libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)),
  );
  return cookieOf(fd);
}

/** The cookie of the network namespace that a socket is in. */
export function cookieOf(socket: Fd): bigint {
  return option(socket, SO_NETNS_COOKIE, 8).getBigUint64(0, true);
}

/**
 * The inode of a process's network namespace, unique for as long as that
 * exists. `undefined` for a process that is gone, or may not be looked at.
 */
export function netnsInode(pid: number | "self"): string | undefined {
  const link = unlessErrno(
    [ERRNO.ENOENT, ERRNO.ESRCH, ERRNO.EACCES, ERRNO.EPERM],
    () => readLink(`/proc/${pid}/ns/net`),
  );
  return /^net:\[(\d+)\]$/.exec(link ?? "")?.[1];
}

/** The name that `ip netns` has for a namespace; its inode if it has none. */
export function netnsName(inode: string): string {
  return namesIn(NAMED).find((name) =>
    `${statusOf(`${NAMED}/${name}`)?.ino}` === inode
  ) ?? inode;
}
