/**
 * The programs as bytes, and what each line of them means, for a person who
 * reads what a change did to them. To write programs.txt:
 *
 * ```sh
 * deno run -A tests/unit/golden/programs.ts
 * ```
 */

import { encode } from "../../../src/bpf/insn.ts";
import { MODES } from "../../../src/programs/modes.ts";
import { disassemble, type Slot } from "../disassemble.ts";

/** Where the file is that has them. */
export const GOLDEN_PROGRAMS = new URL("programs.txt", import.meta.url);

const HEADING = `\
# The BPF programs: the name, the name in the kernel, the hook,
# enum bpf_prog_type, enum bpf_attach_type, the first Linux; then a line for each
# slot of 8 bytes, what it means, and which field it is about. The maps are file
# descriptors 5 and 6. Offsets of fields that the running kernel tells are made
# up. The copies that denovrf attaches of sock_create differ in their names.
#
# deno run -A tests/unit/golden/programs.ts writes this file.
`;

const MAPS = { binding: 5, filter: 6 };

/** Made-up offsets, by which the fields are known again. */
const KERNEL_FIELDS: Readonly<Record<string, number>> = {
  "sk_buff.dev": 1000,
  "sk_buff.cb": 1040,
  "net_device.nd_net.net": 2000,
  "net_device.adj_list.upper": 2040,
  "net_device.ifindex": 2080,
  "net_device.index_hlist": 2120,
  "net_device.adj_list.lower": 2160,
  "net.net_cookie": 3000,
  "net.dev_index_head": 3040,
  "sock.__sk_common.skc_net.net": 4040,
  "bpf_sockopt_kern.sk": 6000,
  "inet_skb_parm.flags": 20,
  "inet6_skb_parm.flags": 16,
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
};

/** What uapi/linux/bpf.h, and the map of ours, have where we load and store. */
const FIELDS: Readonly<Record<string, string>> = {
  "__sk_buff + 0": "len",
  "__sk_buff + 16": "protocol",
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
  "bpf_sockopt + 8": "optval",
  "bpf_sockopt + 16": "optval_end",
  "bpf_sockopt + 24": "level",
  "bpf_sockopt + 28": "optname",
  "bpf_sockopt + 32": "optlen",
  "binding + 0": "ifindex",
  "binding + 8": "netns_cookie",
  "filter + 32": "refused sockets",
  "filter + 40": "refused out",
  "filter + 48": "refused in",
  "filter + 56": "refused joins",
  "filter + 64": "last.time",
  "filter + 72": "last.cgroup",
  "filter + 80": "last.kind",
  "filter + 84": "last.ifindex",
  "filter + 88": "last.protocol",
  "filter + 92": "last.length",
  ...Object.fromEntries(
    Array.from(
      { length: 16 },
      (_, at) => [`filter + ${4 * at}`, `leaked[${at}]`],
    ),
  ),
};

/** What the file has to contain. */
export function goldenPrograms(): string {
  const all = MODES.flatMap(({ pinned, attached }) => [
    ...[pinned, ...attached.slice(0, -1)],
  ]);
  const programs = [...new Set(all)].map((program) => {
    const { name, kernelName, hook, type, attachType, since } = program;
    const insns = program.instructions(MAPS, offsetOf);
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
  if (value === `&value of map ${MAPS.binding}`) return "binding";
  if (value === `&value of map ${MAPS.filter}`) return "filter";
  if (field?.endsWith(".sk")) return "bpf_sock";
  return pointers.get(value);
}

if (import.meta.main) {
  await Deno.writeTextFile(GOLDEN_PROGRAMS, goldenPrograms());
}
