/** The lock on packets: they pass by the VRF, or not at all. */

import {
  type Insn,
  ja,
  jeq,
  load,
  loadMapValue,
  mov,
  R1,
  R9,
} from "../bpf/insn.ts";
import { type FieldOffset, HOOKS, type ProgramSpec } from "../bpf/spec.ts";
import { LOOPBACK_IFINDEX } from "../os/constants.ts";
import {
  DEVICE,
  ifOurs,
  loadMaster,
  readKernel,
  unlessElsewhere,
} from "./kernel_memory.ts";
import {
  CTX,
  KERNEL_NAME_PREFIX,
  SINCE_NETNS_COOKIE,
  VALUE,
  VERDICTS,
} from "./prologue.ts";

/** `offsetof(struct __sk_buff, ifindex)` */
const SKB_IFINDEX = 40;

/** What stays on the host, in the loopback mode. */
const HOSTS: readonly Insn[] = [jeq(R1, LOOPBACK_IFINDEX, "allow")];

/**
 * Drops what passes by a device that is neither the VRF nor enslaved to it,
 * however a process chose that device:
 *
 * ```c
 * if (skb->dev's network namespace is not binding's) return 1;
 * if (skb->ifindex == binding->ifindex) return 1;
 * return skb->dev's master's ifindex == binding->ifindex;
 * ```
 *
 * No helper returns the cookie of a packet's network namespace.
 *
 * @param hosts Instructions that let pass what stays on the host.
 */
function packets(
  name: string,
  hook: "egress" | "ingress",
  shortName: string,
  hosts: readonly Insn[],
): ProgramSpec {
  return {
    name: `lock/${name}`,
    hook,
    ...HOOKS[hook],
    since: SINCE_NETNS_COOKIE,
    kernelName: `${KERNEL_NAME_PREFIX}${shortName}`,
    instructions: (bindingFd, offsetOf) => [
      mov(CTX, R1),
      ...loadMapValue(VALUE, bindingFd),
      ...unlessOfOtherNetns(offsetOf),
      load("u32", R1, CTX, SKB_IFINDEX),
      ...hosts,
      ...ifOurs,
      ...loadMaster(offsetOf),
      ...ifOurs,
      ja("deny"),
      ...VERDICTS,
    ],
  };
}

function unlessOfOtherNetns(offsetOf: FieldOffset): Insn[] {
  return [
    // The context points to a struct sk_buff; only loads of __sk_buff are
    // translated (convert_ctx_accesses() in kernel/bpf/verifier.c).
    ...readKernel("u64", DEVICE, CTX, offsetOf("sk_buff", "dev")),
    ...readKernel("u64", R9, DEVICE, offsetOf("net_device", "nd_net.net")),
    ...unlessElsewhere(R9, offsetOf),
  ];
}

/** For the plain mode: packets leave only by the VRF. */
export const EGRESS: ProgramSpec = packets("egress", "egress", "lk_eg", []);

/** For the loopback mode: what is sent to the host may leave by lo. */
export const EGRESS_OR_LOOPBACK: ProgramSpec = packets(
  "egress_loopback",
  "egress",
  "lk_el",
  HOSTS,
);

/** For the plain mode: sockets hear only the VRF. */
export const INGRESS: ProgramSpec = packets("ingress", "ingress", "lk_in", []);

/** For the loopback mode: what the host has sent may come by lo. */
export const INGRESS_OR_LOOPBACK: ProgramSpec = packets(
  "ingress_loopback",
  "ingress",
  "lk_il",
  HOSTS,
);
