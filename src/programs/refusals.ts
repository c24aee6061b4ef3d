/**
 * What programs write down of what they refuse, so that a person can find out
 * why a daemon gets EPERM. Nothing is written for what is allowed.
 */

import {
  add,
  atomicAdd,
  call,
  type Insn,
  jle,
  label,
  load,
  loadMapValue,
  mov,
  R0,
  R1,
  R2,
  R3,
  R4,
  R8,
  R9,
  type Reg,
  store,
} from "../bpf/insn.ts";
import type { MapFds } from "../bpf/spec.ts";
import { CTX } from "./prologue.ts";

/** How many devices outside of a VRF its packets may use. */
export const MAX_LEAKED = 8;

/** How many bytes of a refused packet are kept: IP and port, with options. */
const PACKET_SIZE = 64;

/**
 * The offsets of the fields of the filter map's value:
 *
 * ```c
 * struct filter {
 *   u32 leaked[8];   // ifindexes, 0 after the last one
 *   u64 refused[4];  // by enum kind, from 1
 *   struct {
 *     u64 time;      // ns since the boot, with the time asleep
 *     u64 cgroup;    // its inode number
 *     u32 kind;
 *     u32 ifindex;   // of a packet or of a join: its device
 *     u32 protocol;  // of a socket
 *     u32 length;    // of the bytes that follow
 *     u8 packet[64]; // from the header of IP on
 *   } last;
 * };
 * ```
 */
export const FILTER = {
  leaked: 0,
  refused: 32,
  time: 64,
  cgroup: 72,
  kind: 80,
  ifindex: 84,
  protocol: 88,
  length: 92,
  packet: 96,
  size: 96 + PACKET_SIZE,
} as const;

/** What is refused, as {@linkcode FILTER} counts it. */
export const KIND = { socket: 1, out: 2, in: 3, join: 4 } as const;

/** One of {@linkcode KIND}. */
export type Kind = keyof typeof KIND;

// Helpers, by their numbers in uapi/linux/bpf.h.

/** Copies bytes of a packet, which begins with its IP header. */
export const SKB_LOAD_BYTES = 26;

const SKB_CGROUP_ID = 79;

const GET_CURRENT_CGROUP_ID = 80;

const KTIME_GET_BOOT_NS = 125;

/** `offsetof(struct __sk_buff, …)` */
const SKB = { len: 0, ifindex: 40 } as const;

/** The register of the filter map's value, while a refusal is written down. */
const RECORD = R8;

/** Counts a refusal, and keeps when it was. */
function count(kind: Kind, { filter }: MapFds): Insn[] {
  return [
    ...loadMapValue(RECORD, filter),
    mov(R1, 1),
    atomicAdd(RECORD, FILTER.refused + 8 * (KIND[kind] - 1), R1),
    mov(R1, KIND[kind]),
    store("u32", RECORD, FILTER.kind, R1),
    call(KTIME_GET_BOOT_NS),
    store("u64", RECORD, FILTER.time, R0),
  ];
}

/** Keeps the cgroup of the process that runs. */
const CURRENT_CGROUP: readonly Insn[] = [
  call(GET_CURRENT_CGROUP_ID),
  store("u64", RECORD, FILTER.cgroup, R0),
];

/**
 * Writes down a socket that is refused.
 *
 * @param protocol The offset of its protocol in the context; by default, none
 * is kept.
 */
export function refuseSocket(maps: MapFds, protocol?: number): Insn[] {
  return [
    ...count("socket", maps),
    ...CURRENT_CGROUP,
    ...protocol === undefined ? [mov(R1, 0)] : [load("u32", R1, CTX, protocol)],
    store("u32", RECORD, FILTER.protocol, R1),
  ];
}

/**
 * Writes down that a multicast group is not joined.
 *
 * @param device The register with the ifindex of the device that was named.
 */
export function refuseJoin(maps: MapFds, device: Reg): Insn[] {
  return [
    ...count("join", maps),
    store("u32", RECORD, FILTER.ifindex, device),
    ...CURRENT_CGROUP,
  ];
}

/** Writes down a packet that is dropped, with its first bytes. */
export function refusePacket(maps: MapFds, kind: "out" | "in"): Insn[] {
  return [
    ...count(kind, maps),
    mov(R1, CTX),
    call(SKB_CGROUP_ID),
    store("u64", RECORD, FILTER.cgroup, R0),
    load("u32", R1, CTX, SKB.ifindex),
    store("u32", RECORD, FILTER.ifindex, R1),
    load("u32", R9, CTX, SKB.len),
    jle(R9, PACKET_SIZE, "whole packet"),
    mov(R9, PACKET_SIZE),
    label("whole packet"),
    store("u32", RECORD, FILTER.length, R9),
    // Not jeq(), from which the verifier of Linux 6.1 learns no lower bound.
    jle(R9, 0, "deny"),
    mov(R1, CTX),
    mov(R2, 0),
    mov(R3, RECORD),
    add(R3, FILTER.packet),
    mov(R4, R9),
    call(SKB_LOAD_BYTES),
  ];
}
