/**
 * The guard on associations: a datagram socket loses its device when its
 * association is dissolved.
 */

import {
  and,
  type Insn,
  ja,
  jeq,
  jne,
  label,
  load,
  loadMapValue,
  mov,
  R1,
  R8,
} from "../bpf/insn.ts";
import type { FieldOffset, ProgramSpec } from "../bpf/spec.ts";
import { AF_INET, AF_INET6 } from "../os/constants.ts";
import { readKernel } from "./kernel_memory.ts";
import { CTX, KERNEL_NAME_PREFIX, VALUE, VERDICTS } from "./prologue.ts";
import { SECURITY_HOOK, SK, unlessSockElsewhere } from "./lsm.ts";

const AF_UNSPEC = 0;

const SOCK_DGRAM = 2;

const SOCK_RAW = 3;

const IPPROTO_UDP = 17;

/** In `sock.sk_userlocks`: bind() has given the socket its port. */
const SOCK_BINDPORT_LOCK = 8;

/** Emits `r1 = the field`, which is two bytes wide. */
function loadField(offsetOf: FieldOffset, field: string): Insn[] {
  return [
    ...readKernel("u32", R1, SK, offsetOf("sock", field)),
    and(R1, 0xffff),
  ];
}

/** Leaves alone all but connect() to no address, of an IP socket. */
function ifDissolved(offsetOf: FieldOffset): Insn[] {
  return [
    // The arguments of the function: a struct socket, a struct sockaddr.
    load("u64", R8, CTX, 8),
    ...readKernel("u32", R1, R8, offsetOf("sockaddr", "sa_family")),
    and(R1, 0xffff),
    jne(R1, AF_UNSPEC, "allow"),
    load("u64", R8, CTX, 0),
    ...readKernel("u64", SK, R8, offsetOf("socket", "sk")),
    ...loadField(offsetOf, "__sk_common.skc_family"),
    jeq(R1, AF_INET, "ip"),
    jne(R1, AF_INET6, "allow"),
    label("ip"),
    ...unlessSockElsewhere(offsetOf),
  ];
}

/**
 * Leaves alone a UDP socket to which bind() has given no port: it hears nobody
 * once it is dissolved, and is bound again when it is used. The C library
 * dissolves such ones to put addresses into order (getaddrinfo()).
 */
function unlessUnheard(offsetOf: FieldOffset): Insn[] {
  const locks = offsetOf("sock", "sk_userlocks"); // a field of bits
  return [
    ...loadField(offsetOf, "sk_protocol"),
    jne(R1, IPPROTO_UDP, "deny"),
    ...readKernel("u32", R1, SK, Math.floor(locks)),
    and(R1, SOCK_BINDPORT_LOCK << locks % 1 * 8),
    jeq(R1, 0, "allow"),
  ];
}

/**
 * Refuses connect() to AF_UNSPEC if the socket would lose its device
 * (__udp_disconnect() in net/ipv4/udp.c) and either hear the default VRF, or
 * send there before a program sees it: UDP sockets with a port of their own,
 * and UDP-Lite, ping and raw sockets. The hooks of connect() do not run for
 * this family (inet_dgram_connect() in net/ipv4/af_inet.c).
 */
export const DISSOLVE_GUARD: ProgramSpec = {
  name: "guard/dissolve",
  ...SECURITY_HOOK,
  attachedFunction: "bpf_lsm_socket_connect",
  kernelName: `${KERNEL_NAME_PREFIX}gd_di`,
  instructions: (bindingFd, offsetOf) => [
    mov(CTX, R1),
    ...loadMapValue(VALUE, bindingFd),
    ...ifDissolved(offsetOf),
    ...loadField(offsetOf, "sk_type"),
    jeq(R1, SOCK_RAW, "deny"),
    jne(R1, SOCK_DGRAM, "allow"),
    ...unlessUnheard(offsetOf),
    ja("deny"),
    ...VERDICTS,
  ],
};
