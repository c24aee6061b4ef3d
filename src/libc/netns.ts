import { checked, Fd, libc } from "./libc.ts";

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
/** `SO_NETNS_COOKIE`, Linux 5.14. */
const SO_NETNS_COOKIE = 71;

/**
 * The cookie of this process's network namespace: never 0, never given to
 * another namespace until the next boot, and the same number that the BPF
 * helper bpf_get_netns_cookie() gives.
 *
 * @throws {SystemError} Where the kernel is older than 5.14.
 */
export function netnsCookie(): bigint {
  const attempt = "read the cookie of the network namespace";
  using fd = new Fd(
    checked(attempt, libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0)),
  );
  const cookie = new BigUint64Array(1);
  const length = new Uint32Array([cookie.byteLength]);
  checked(
    attempt,
    libc.getsockopt(fd.number, SOL_SOCKET, SO_NETNS_COOKIE, cookie, length),
  );
  return cookie[0] ?? 0n;
}
