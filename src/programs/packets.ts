/** The filter of packets: they pass through the VRF, or not at all. */

import {
  add,
  and,
  call,
  type Insn,
  ja,
  jeq,
  jne,
  label,
  load,
  loadMapValue,
  mov,
  R0,
  R1,
  R10,
  R2,
  R3,
  R4,
  R9,
  store,
} from "../bpf/insn.ts";
import {
  type FieldOffset,
  HOOKS,
  type MapFds,
  type ProgramSpec,
} from "../bpf/spec.ts";
import { LOOPBACK_IFINDEX } from "../os/constants.ts";
import { DEVICE, ifOurs, loadMaster, readKernel } from "./kernel_memory.ts";
import {
  BINDING,
  CTX,
  KERNEL_NAME_PREFIX,
  loadBinding,
  VALUE,
  verdicts,
} from "./prologue.ts";
import {
  FILTER,
  MAX_LEAKED,
  refusePacket,
  SKB_LOAD_BYTES,
} from "./refusals.ts";

/** `offsetof(struct __sk_buff, …)` */
const SKB = { protocol: 16, ifindex: 40 } as const;

/** Where the ifindex of the device's master is kept, below r10. */
const MASTER = -40;

/** Where a packet's addresses are kept, likewise. */
const ADDRESSES = -80;

/** `ETH_P_IP` and `ETH_P_IPV6`, in network byte order, as loaded. */
const ETHERTYPE = { ipv4: 0x0008, ipv6: 0xdd86 } as const;

/**
 * In the control block of a packet that IPsec has encrypted:
 * `IPSKB_XFRM_TRANSFORMED` of net/ip.h, and `IP6SKB_XFRM_TRANSFORMED` of
 * linux/ipv6.h.
 */
const TRANSFORMED = { ipv4: 1 << 2, ipv6: 1 << 0 } as const;

/** What a filter allows besides the VRF. */
interface Allowed {
  /** Whether lo is the host's, as in the loopback mode. */
  readonly loopback: boolean;
  /** Whether what the administrator routes elsewhere may go there. */
  readonly elsewhere: boolean;
}

/**
 * Drops packets whose device is neither the VRF nor enslaved to it, however a
 * process chose that device:
 *
 * ```c
 * if (skb->ifindex == binding->ifindex) return 1; // or loopback's, if allowed
 * master = ifindex of skb->dev's master, or 0;
 * if (master == binding->ifindex) return 1;
 * if (binding->ifindex)
 *   for (each leaked ifindex of filter)
 *     if (it is skb->ifindex or master) return 1;
 * if (skb->dev's network namespace is not binding's) return 1;
 * return skb is encrypted by IPsec;
 * ```
 *
 * On its way out, a packet's device is mostly a port of the VRF, and on its way
 * in the VRF itself. The namespace is read last: no helper returns its cookie.
 * What IPsec has encrypted still belongs to the socket (xfrm_output() in
 * net/xfrm/xfrm_output.c), and goes where its policy sends it.
 */
function filter(
  hook: "egress" | "ingress",
  prefix: { name: string; kernelName: string },
  { loopback, elsewhere }: Allowed,
): ProgramSpec {
  return {
    name: `${prefix.name}${hook}`,
    hook,
    ...HOOKS[hook],
    // bpf_ktime_get_boot_ns() and bpf_probe_read_kernel() are older.
    since: "5.14",
    kernelName: `${KERNEL_NAME_PREFIX}${prefix.kernelName}${hook.slice(0, 2)}`,
    instructions: (maps, offsetOf) => [
      ...loadBinding(maps),
      load("u32", R1, CTX, SKB.ifindex),
      ...loopback ? ifLoopback() : [],
      ...ifOurs,
      ...elsewhere ? [mov(R1, 0), store("u64", R10, MASTER, R1)] : [],
      // The context points to a struct sk_buff; only loads of __sk_buff are
      // translated (convert_ctx_accesses() in kernel/bpf/verifier.c).
      ...readKernel("u64", DEVICE, CTX, offsetOf("sk_buff", "dev")),
      ...loadMaster(offsetOf, "no master"),
      ...ifOurs,
      ...elsewhere ? [store("u64", R10, MASTER, R1)] : [],
      label("no master"),
      ...elsewhere ? ifLeaked(maps) : [],
      ...unlessOurNetns(offsetOf),
      ...elsewhere ? ifEncrypted(offsetOf) : [],
      ja("refuse"),
      ...verdicts(refusePacket(maps, hook === "egress" ? "out" : "in")),
    ],
  };
}

/**
 * Goes to "allow" if a packet passes lo from one address of loopback to
 * another. By lo this host also reaches its addresses in the default VRF; and
 * it answers an address of any kind that a process has put into a packet to
 * ::1, by the default VRF.
 */
function ifLoopback(): Insn[] {
  return [
    jne(R1, LOOPBACK_IFINDEX, "not loopback"),
    load("u32", R1, CTX, SKB.protocol),
    jeq(R1, ETHERTYPE.ipv6, "loopback6"),
    jne(R1, ETHERTYPE.ipv4, "by lo"),
    ...loadAddresses(12, 8),
    ...[0, 4].flatMap((address) => [
      load("u32", R1, R10, ADDRESSES + address),
      and(R1, 0xff),
      jne(R1, 127, "by lo"),
    ]),
    ja("allow"),
    label("loopback6"),
    ...loadAddresses(8, 32),
    ...[0, 16].flatMap((address) =>
      [0, 0, 0, 0x0100_0000].flatMap((word, at) => [
        load("u32", R1, R10, ADDRESSES + address + 4 * at),
        jne(R1, word, "by lo"),
      ])
    ),
    ja("allow"),
    label("by lo"),
    mov(R1, LOOPBACK_IFINDEX),
    label("not loopback"),
  ];
}

/** Copies a packet's addresses, from an offset in its header. */
function loadAddresses(offset: number, size: number): Insn[] {
  return [
    mov(R1, CTX),
    mov(R2, offset),
    mov(R3, R10),
    add(R3, ADDRESSES),
    mov(R4, size),
    call(SKB_LOAD_BYTES),
    jne(R0, 0, "by lo"),
  ];
}

/** Goes to "allow" if the device, or its master, is one that the VRF leaks to. */
function ifLeaked({ filter }: MapFds): Insn[] {
  return [
    load("u32", R1, VALUE, BINDING.ifindex),
    jeq(R1, 0, "not leaked"),
    ...loadMapValue(R9, filter),
    load("u32", R1, CTX, SKB.ifindex),
    load("u64", R2, R10, MASTER),
    ...Array.from({ length: MAX_LEAKED }, (_, at) => [
      load("u32", R3, R9, FILTER.leaked + 4 * at),
      jeq(R3, 0, "not leaked"),
      jeq(R3, R1, "allow"),
      jeq(R3, R2, "allow"),
    ]).flat(),
    label("not leaked"),
  ];
}

/** Goes to "allow" if the device is in another network namespace. */
function unlessOurNetns(offsetOf: FieldOffset): Insn[] {
  return [
    ...readKernel("u64", R9, DEVICE, offsetOf("net_device", "nd_net.net")),
    ...readKernel("u64", R1, R9, offsetOf("net", "net_cookie")),
    load("u64", R2, VALUE, BINDING.netnsCookie),
    jne(R1, R2, "allow"),
  ];
}

/** Goes to "allow" if IPsec has encrypted the packet. */
function ifEncrypted(offsetOf: FieldOffset): Insn[] {
  const flags = (controlBlock: string) =>
    readKernel(
      "u16",
      R1,
      CTX,
      offsetOf("sk_buff", "cb") + offsetOf(controlBlock, "flags"),
    );
  return [
    load("u32", R1, CTX, SKB.protocol),
    jeq(R1, ETHERTYPE.ipv6, "ipv6"),
    jne(R1, ETHERTYPE.ipv4, "refuse"),
    ...flags("inet_skb_parm"),
    and(R1, TRANSFORMED.ipv4),
    jne(R1, 0, "allow"),
    ja("refuse"),
    label("ipv6"),
    ...flags("inet6_skb_parm"),
    and(R1, TRANSFORMED.ipv6),
    jne(R1, 0, "allow"),
  ];
}

/** The filters of a mode, on the way out and in. */
function filters(
  prefix: { name: string; kernelName: string },
  allowed: Allowed,
): readonly ProgramSpec[] {
  return [
    filter("egress", prefix, allowed),
    filter("ingress", prefix, allowed),
  ];
}

/** For the plain mode. */
export const FILTERS = filters(
  { name: "", kernelName: "" },
  { loopback: false, elsewhere: true },
);

/** For the loopback mode. */
export const LOOPBACK_FILTERS = filters(
  { name: "loopback/", kernelName: "lo_" },
  { loopback: true, elsewhere: true },
);

/** For the lock. */
export const LOCK_FILTERS = filters(
  { name: "lock/", kernelName: "lk_" },
  { loopback: false, elsewhere: false },
);

/** For the lock of the loopback mode. */
export const LOCK_LOOPBACK_FILTERS = filters(
  { name: "lock/loopback_", kernelName: "ll_" },
  { loopback: true, elsewhere: false },
);
