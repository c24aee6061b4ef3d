/**
 * The programs as bytes, and what each line of them means, for a person who
 * reads what a change did to them. To write programs.txt:
 *
 * ```sh
 * deno run -A tests/unit/golden/programs.ts
 * ```
 */

import { encode } from "../../../src/bpf/insn.ts";
import { GUARDS } from "../../../src/programs/guards.ts";
import { PROGRAMS } from "../../../src/programs/modes.ts";
import { disassemble, type Slot } from "../disassemble.ts";

/** Where the file is that has them. */
export const GOLDEN_PROGRAMS = new URL("programs.txt", import.meta.url);

const HEADING = `\
# The BPF programs: the name of the pin, the name in the kernel, the hook,
# enum bpf_prog_type, enum bpf_attach_type, the first Linux; then a line for each
# slot of 8 bytes, what it means, and which field it is about. The map is file
# descriptor 5. Offsets of fields that the running kernel tells are made up.
#
# deno run -A tests/unit/golden/programs.ts writes this file.
`;

const MAP_FD = 5;

/** Made-up offsets, by which the fields are known again. */
const KERNEL_FIELDS: Readonly<Record<string, number>> = {
  "sk_buff.dev": 1000,
  "net_device.nd_net.net": 2000,
  "net_device.adj_list.upper": 2040,
  "net_device.ifindex": 2080,
  "net_device.index_hlist": 2120,
  "net.net_cookie": 3000,
  "net.dev_index_head": 3040,
  "sock.__sk_common.skc_family": 4000,
  "sock.__sk_common.skc_bound_dev_if": 4020,
  "sock.__sk_common.skc_net.net": 4040,
  "sock.sk_protocol": 4080,
  "sock.sk_type": 4120,
  "sock.sk_userlocks": 4160.5,
  "socket.sk": 5000,
  "bpf_sock_addr_kern.sk": 6000,
  "bpf_sock_addr_kern.uaddr": 6040,
  "sockaddr.sa_family": 7000,
  "netdev_adjacent.dev": 8,
  "netdev_adjacent.master": 24,
  "netdev_adjacent.list": 40,
};

/** What the context of a program is, by `enum bpf_prog_type`. */
const CONTEXTS: Readonly<Record<number, string>> = {
  8: "__sk_buff",
  9: "bpf_sock",
  13: "bpf_sock_ops",
  18: "bpf_sock_addr",
  25: "bpf_sockopt",
  29: "arguments",
};

/** What uapi/linux/bpf.h, and the map of ours, have where we load and store. */
const FIELDS: Readonly<Record<string, string>> = {
  "__sk_buff + 40": "ifindex",
  "bpf_sock + 0": "bound_dev_if",
  "bpf_sock + 12": "protocol",
  "bpf_sock_addr + 4": "user_ip4",
  "bpf_sock_addr + 8": "user_ip6[0]",
  "bpf_sock_addr + 12": "user_ip6[1]",
  "bpf_sock_addr + 16": "user_ip6[2]",
  "bpf_sock_addr + 20": "user_ip6[3]",
  "bpf_sock_addr + 24": "user_port",
  "bpf_sock_addr + 64": "sk",
  "bpf_sock_ops + 0": "op",
  "bpf_sock_ops + 20": "family",
  "bpf_sock_ops + 28": "local_ip4",
  "bpf_sock_ops + 48": "local_ip6[0]",
  "bpf_sock_ops + 52": "local_ip6[1]",
  "bpf_sock_ops + 56": "local_ip6[2]",
  "bpf_sock_ops + 60": "local_ip6[3]",
  "bpf_sock_ops + 184": "sk",
  "bpf_sockopt + 0": "sk",
  "bpf_sockopt + 24": "level",
  "bpf_sockopt + 28": "optname",
  "arguments + 0": "sock",
  "arguments + 8": "address or family",
  "binding + 0": "ifindex",
  "binding + 8": "netns_cookie",
};

/** What the file has to contain. */
export function goldenPrograms(): string {
  const programs = [...PROGRAMS, ...GUARDS].map((program) => {
    const { name, kernelName, hook, type, attachType, since } = program;
    const insns = program.instructions(MAP_FD, offsetOf);
    return [
      `${name} ${kernelName} ${hook} ${type} ${attachType} ${since}`,
      ...linesOf(disassemble(encode(insns)), CONTEXTS[type]),
    ].join("\n");
  });
  return `${[HEADING.trimEnd(), ...programs].join("\n\n")}\n`;
}

function offsetOf(structure: string, field: string): number {
  const offset = KERNEL_FIELDS[`${structure}.${field}`];
  if (offset !== undefined) return offset;
  throw new TypeError(`Cannot place ${structure}.${field}: no made-up offset`);
}

/** Follows what the registers point to, from the first slot to the last. */
function linesOf(
  slots: readonly Slot[],
  context: string | undefined,
): string[] {
  const pointers = new Map<string, string | undefined>([["r1", context]]);
  return slots.map(({ hex, text }, slot) => {
    const field = fieldIn(text, pointers);
    follow(text, field, pointers);
    const line = `${String(slot).padStart(3)}  ${hex}  ${text.padEnd(34)}`;
    return `${line}${field ?? ""}`.trimEnd();
  });
}

/** The field that a line reads or writes, or takes the address of. */
function fieldIn(
  text: string,
  pointers: ReadonlyMap<string, string | undefined>,
): string | undefined {
  const [, base = "", at] = /\((r\d+) \+ (\d+)\)/.exec(text) ?? [];
  const structure = pointers.get(base);
  if (structure !== undefined) {
    return `${structure}.${FIELDS[`${structure} + ${at}`] ?? "?"}`;
  }
  const [, added] = /^r\d+ \+= (-?\d+)$/.exec(text) ?? [];
  return added === undefined ? undefined : kernelFieldAt(Number(added));
}

/** Fields of a list's entry are counted from the list in it. */
function kernelFieldAt(offset: number): string | undefined {
  const list = offsetOf("netdev_adjacent", "list");
  return Object.entries(KERNEL_FIELDS).find(([name, at]) =>
    offset ===
      Math.floor(name.startsWith("netdev_adjacent.") ? at - list : at)
  )?.[0];
}

function follow(
  text: string,
  field: string | undefined,
  pointers: Map<string, string | undefined>,
): void {
  const [, set = "", value = ""] = /^(r\d+) \S?= (.*)$/.exec(text) ?? [];
  if (value.startsWith("bpf_")) {
    for (const lost of ["r1", "r2", "r3", "r4", "r5"]) pointers.delete(lost);
  }
  pointers.set(set, pointedToBy(value, field, pointers));
}

function pointedToBy(
  value: string,
  field: string | undefined,
  pointers: ReadonlyMap<string, string | undefined>,
): string | undefined {
  if (value.startsWith("&value of map")) return "binding";
  if (field?.endsWith(".sk")) return "bpf_sock";
  return pointers.get(value);
}

if (import.meta.main) {
  await Deno.writeTextFile(GOLDEN_PROGRAMS, goldenPrograms());
}
