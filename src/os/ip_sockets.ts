/**
 * The IP sockets of other processes. ss(8) does not show those that are neither
 * bound nor connected, for they are in no table of the kernel. So each socket
 * is duplicated with pidfd_getfd(2), Linux 5.6, and asked directly.
 */

import { AF_INET, AF_INET6 } from "./constants.ts";
import { ERRNO, unlessErrno } from "./errno.ts";
import { readDirectory, readLink } from "./files.ts";
import { checked, Fd, libc } from "./libc.ts";
import { cookieOf } from "./netns.ts";
import { boundIfindex, option } from "./socket.ts";

// The same numbers on x86_64 and aarch64, as every call since Linux 5.0.
const SYS_PIDFD_OPEN = 434n;

const SYS_PIDFD_GETFD = 438n;

const SO_PROTOCOL = 38;

const SO_DOMAIN = 39;

/** `sizeof(struct sockaddr_in6)`, which is the longer one. */
const SOCKADDR_SIZE = 28;

const PROTOCOLS: Readonly<Record<number, string>> = {
  1: "icmp",
  6: "tcp",
  17: "udp",
  58: "icmp6",
  132: "sctp",
  136: "udplite",
  262: "mptcp",
};

/** The name of a protocol of IP, or its number if it has no common one. */
export function protocolName(protocol: number): string {
  return PROTOCOLS[protocol] ?? `${protocol}`;
}

/** An IPv4 or IPv6 socket that a process has open. */
export interface IpSocket {
  /** Its number in sockfs, unique on the machine. */
  readonly inode: string;
  /** Such as `tcp`, or the number of a protocol without a common name. */
  readonly protocol: string;
  /** Address and port, `*` for none. */
  readonly local: string;
  readonly remote: string;
  /** Whether one of the two is an address of the loopback interface. */
  readonly isLoopback: boolean;
  /** The interface that it is bound to, 0 for none. */
  readonly ifindex: number;
  /** The cookie of the network namespace that it is in. */
  readonly netnsCookie: bigint;
}

/**
 * The IP sockets of a process; none if it is gone.
 *
 * @throws {SystemError} If we may not look into the process.
 */
export function ipSocketsOf(pid: number): IpSocket[] {
  const gone = [ERRNO.ENOENT, ERRNO.ESRCH];
  return unlessErrno(gone, () => {
    using process = openProcess(pid);
    return readDirectory(`/proc/${pid}/fd`).flatMap(({ name }) => {
      const link = unlessErrno(gone, () => readLink(`/proc/${pid}/fd/${name}`));
      const inode = /^socket:\[(\d+)\]$/.exec(link ?? "")?.[1];
      if (inode === undefined) return [];
      // It may have been closed, or become another file, since.
      return unlessErrno(
        [ERRNO.EBADF, ERRNO.ENOTSOCK],
        () => ipSocket(pid, process, name, inode),
      ) ?? [];
    });
  }) ?? [];
}

function openProcess(pid: number): Fd {
  const fd = libc.syscall(SYS_PIDFD_OPEN, BigInt(pid), 0n, 0n, 0n, 0n);
  return new Fd(Number(checked(`open process ${pid}`, fd)));
}

function ipSocket(
  pid: number,
  process: Fd,
  name: string,
  inode: string,
): IpSocket[] {
  const fd = libc.syscall(
    SYS_PIDFD_GETFD,
    BigInt(process.number),
    BigInt(name),
    ...[0n, 0n, 0n] as const,
  );
  using socket = new Fd(
    Number(checked(`look at the sockets of process ${pid}`, fd)),
  );
  const domain = intOption(socket, SO_DOMAIN);
  if (domain !== AF_INET && domain !== AF_INET6) return [];
  const protocol = intOption(socket, SO_PROTOCOL);
  const local = addressOf(libc.getsockname, socket);
  const remote = addressOf(libc.getpeername, socket);
  return [{
    inode,
    protocol: protocolName(protocol),
    local: formatSockaddr(local),
    remote: formatSockaddr(remote),
    isLoopback: isLoopback(local) || isLoopback(remote),
    ifindex: boundIfindex(socket),
    netnsCookie: cookieOf(socket),
  }];
}

function intOption(socket: Fd, name: number): number {
  return option(socket, name, 4).getInt32(0, true);
}

/** An address of a socket; all zero if it has none. */
function addressOf(
  ask: (fd: number, address: BufferSource, length: BufferSource) => number,
  socket: Fd,
): DataView<ArrayBuffer> {
  const address = new DataView(new ArrayBuffer(SOCKADDR_SIZE));
  // Fails with ENOTCONN if there is no remote address.
  ask(socket.number, address, new Uint32Array([SOCKADDR_SIZE]));
  return address;
}

/** Whether an address is in 127.0.0.0/8, ::1 or ::ffff:127.0.0.0/104. */
export function isLoopback(address: DataView<ArrayBuffer>): boolean {
  const family = address.getUint16(0, true);
  if (family === AF_INET) return address.getUint8(4) === 127;
  if (family !== AF_INET6 || address.getBigUint64(8) !== 0n) return false;
  return address.getBigUint64(16) === 1n ||
    (address.getUint32(16) === 0xffff && address.getUint8(20) === 127);
}

/** A `struct sockaddr_in` or `sockaddr_in6` as people write it. */
export function formatSockaddr(address: DataView<ArrayBuffer>): string {
  const family = address.getUint16(0, true);
  const port = address.getUint16(2) || "*";
  if (family === AF_INET) {
    const bytes = [...new Uint8Array(address.buffer, 4, 4)];
    return `${bytes.join(".")}:${port}`;
  }
  if (family !== AF_INET6) return "*";
  const groups = Array.from(
    { length: 8 },
    (_, at) => address.getUint16(8 + 2 * at).toString(16),
  );
  // URL knows the short form of IPv6 addresses (RFC 5952).
  return `${new URL(`http://[${groups.join(":")}]`).hostname}:${port}`;
}
