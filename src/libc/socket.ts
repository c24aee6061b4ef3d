import { checked, Fd, libc } from "./libc.ts";

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOL_SOCKET = 1;
/** `SO_BINDTOIFINDEX`, to be read since Linux 5.1. */
const SO_BINDTOIFINDEX = 62;

/**
 * The ifindex to which a new socket of this process is bound; 0 for none.
 *
 * @throws {SystemError} Also where no socket is let through: EPERM.
 */
export function ifindexOfNewSocket(): number {
  const attempt = "make a socket";
  using fd = new Fd(
    checked(attempt, libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0)),
  );
  const ifindex = new Uint32Array(1);
  const length = new Uint32Array([ifindex.byteLength]);
  checked(
    attempt,
    libc.getsockopt(fd.number, SOL_SOCKET, SO_BINDTOIFINDEX, ifindex, length),
  );
  return ifindex[0] ?? 0;
}
