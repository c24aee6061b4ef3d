/** Network namespaces, by their cookies. */

import { SOCK_DGRAM_CLOEXEC } from "./constants.ts";
import { checked, Fd, libc } from "./libc.ts";
import { option } from "./socket.ts";

const AF_UNIX = 1;

/** `SO_NETNS_COOKIE`, Linux 5.14. */
const SO_NETNS_COOKIE = 71;

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
