/** The capabilities of this process; see capabilities(7). */

import { readText } from "./files.ts";

/** Bits of the effective set, of uapi/linux/capability.h. */
const BITS = {
  CAP_DAC_OVERRIDE: 1n,
  CAP_NET_ADMIN: 12n,
  CAP_SYS_ADMIN: 21n,
} as const;

type Capability = keyof typeof BITS;

/** Those of some capabilities that this process does not have. */
export function missing(capabilities: readonly Capability[]): Capability[] {
  const [, hex = "0"] = /^CapEff:\s*([0-9a-f]+)$/m
    .exec(readText("/proc/self/status")) ?? [];
  const effective = BigInt(`0x${hex}`);
  return capabilities.filter((name) => (effective >> BITS[name] & 1n) === 0n);
}
