/** Sockets of this process, and options of any socket. */

import {
  AF_INET,
  SO_BINDTOIFINDEX,
  SOCK_DGRAM_CLOEXEC,
  SOL_SOCKET,
} from "./constants.ts";
import { checked, Fd, libc } from "./libc.ts";

/** `sizeof(struct sockaddr_in)` */
const SOCKADDR_IN_SIZE = 16;

/** 192.0.2.1, an address for documentation (RFC 5737). */
const ELSEWHERE = [192, 0, 2, 1];

const DISCARD_PORT = 9;

/**
 * The ifindex to which a new socket of this process is bound once it uses an
 * address that is not loopback; 0 for none. Nothing is sent.
 *
 * @throws {SystemError} Also if a program refuses the socket: EPERM.
 */
export function ifindexOfSocket(): number {
  const attempt = "make a socket";
  using fd = new Fd(
    checked(attempt, libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0)),
  );
  const address = new DataView(new ArrayBuffer(SOCKADDR_IN_SIZE));
  address.setUint16(0, AF_INET, true);
  address.setUint16(2, DISCARD_PORT);
  new Uint8Array(address.buffer).set(ELSEWHERE, 4);
  // It may fail for lack of a route, which does not matter here.
  libc.connect(fd.number, address, SOCKADDR_IN_SIZE);
  return boundIfindex(fd);
}

/** The ifindex to which a socket is bound; 0 for none. */
export function boundIfindex(socket: Fd): number {
  return option(socket, SO_BINDTOIFINDEX, 4).getUint32(0, true);
}

/**
 * An option of a socket.
 *
 * @param name Such as `SO_TYPE`, of the level `SOL_SOCKET`.
 * @param size The option's, in bytes.
 */
export function option(
  socket: Fd,
  name: number,
  size: number,
): DataView<ArrayBuffer> {
  const value = new DataView(new ArrayBuffer(size));
  const length = new Uint32Array([size]);
  checked(
    "ask a socket",
    libc.getsockopt(socket.number, SOL_SOCKET, name, value, length),
  );
  return value;
}
