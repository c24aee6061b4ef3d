/**
 * Reads eBPF as C-like text, by the kernel's
 * Documentation/bpf/standardization/instruction-set.rst alone: a second opinion
 * on what src/bpf/insn.ts encodes.
 */

/** One slot of a program. */
export interface Slot {
  /** Its eight bytes. */
  readonly hex: string;
  /** What it does; a jump names the number of the slot that it goes to. */
  readonly text: string;
}

/** `struct bpf_insn` */
interface Insn {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  readonly off: number;
  readonly imm: number;
}

/** Operators, by the four high bits of the opcode. */
const ALU: Readonly<Record<number, string>> = {
  0x0: "+=",
  0x1: "-=",
  0x4: "|=",
  0x5: "&=",
  0x6: "<<=",
  0x7: ">>=",
  0xa: "^=",
  0xb: "=",
};

const COMPARISON: Readonly<Record<number, string>> = {
  0x1: "==",
  0x2: ">",
  0x3: ">=",
  0x4: "&",
  0x5: "!=",
  0xb: "<=",
};

/** Sizes of memory accesses, by bits 3 and 4 of the opcode. */
const SIZE = ["u32", "u16", "u8", "u64"];

/** `enum bpf_func_id`, and how many arguments each has. */
const HELPERS: Readonly<Record<number, [name: string, args: number]>> = {
  26: ["bpf_skb_load_bytes", 4],
  49: ["bpf_setsockopt", 5],
  79: ["bpf_skb_cgroup_id", 1],
  80: ["bpf_get_current_cgroup_id", 0],
  113: ["bpf_probe_read_kernel", 3],
  122: ["bpf_get_netns_cookie", 1],
  125: ["bpf_ktime_get_boot_ns", 0],
  187: ["bpf_set_retval", 1],
};

/** @throws {TypeError} On what it does not know, and on bits that mean nothing. */
export function disassemble(program: Uint8Array): Slot[] {
  const view = new DataView(program.buffer, program.byteOffset);
  const insns = Array.from({ length: program.length / 8 }, (_, slot) => {
    const at = slot * 8;
    return {
      opcode: view.getUint8(at),
      dst: view.getUint8(at + 1) & 0xf,
      src: view.getUint8(at + 1) >> 4,
      off: view.getInt16(at + 2, true),
      imm: view.getInt32(at + 4, true),
    };
  });
  return insns.map((insn, slot) => ({
    hex: program.slice(slot * 8, slot * 8 + 8).toHex(),
    text: textOf(insn, slot, insns[slot - 1]),
  }));
}

function textOf(insn: Insn, slot: number, before: Insn | undefined): string {
  if (before?.opcode === 0x18) return secondHalf(insn);
  switch (insn.opcode & 0x07) {
    case 0x00:
      return mapValue(insn);
    case 0x01:
      return load(insn);
    case 0x03:
      return store(insn);
    case 0x05:
      return ja(insn, slot);
    case 0x06:
      return jump32(insn, slot);
    case 0x07:
      return alu(insn);
    default:
      throw unknown(insn);
  }
}

/** A 64-bit load of the kind that gives the address of a map's value. */
function mapValue(insn: Insn): string {
  const { opcode, dst, src, imm } = take(insn, "dst", "src", "imm");
  if (opcode !== 0x18 || src !== 2) throw unknown(insn);
  return `r${dst} = &value of map ${imm}`;
}

/** The high half of a 64-bit load: how far into the value, which is not at all. */
function secondHalf(insn: Insn): string {
  if (take(insn).opcode !== 0) throw unknown(insn);
  return "…";
}

function load(insn: Insn): string {
  const { dst, src, off } = take(insn, "dst", "src", "off");
  return `r${dst} = ${memory(insn, src, off)}`;
}

function store(insn: Insn): string {
  const { opcode, dst, src, off } = take(insn, "dst", "src", "off");
  // An atomic operation, of which the immediate 0 is the addition.
  return opcode === 0xdb
    ? `lock *(u64 *)(r${dst} + ${off}) += r${src}`
    : `${memory(insn, dst, off)} = r${src}`;
}

function memory(insn: Insn, base: number, off: number): string {
  if ((insn.opcode & 0xe0) !== 0x60) throw unknown(insn);
  const size = SIZE[insn.opcode >> 3 & 3];
  return `*(${size} *)(r${base} ${off < 0 ? "-" : "+"} ${Math.abs(off)})`;
}

function alu(insn: Insn): string {
  const operator = ALU[insn.opcode >> 4];
  if (operator === undefined) throw unknown(insn);
  return `r${insn.dst} ${operator} ${operand(insn)}`;
}

function ja(insn: Insn, slot: number): string {
  switch (insn.opcode) {
    case 0x05:
      return target(take(insn, "off"), slot);
    case 0x85:
      return call(take(insn, "imm"));
    case 0x95:
      take(insn);
      return "return r0";
    default:
      return `if (r${insn.dst} ${comparison(insn)} ${operand(insn, "off")}) ${
        target(insn, slot)
      }`;
  }
}

/** Compares the low halves, and does not extend the immediate's sign. */
function jump32(insn: Insn, slot: number): string {
  const { dst, imm } = take(insn, "dst", "off", "imm");
  if ((insn.opcode & 0x08) !== 0) throw unknown(insn);
  return `if ((u32)r${dst} ${comparison(insn)} ${number(imm >>> 0)}) ${
    target(insn, slot)
  }`;
}

function comparison(insn: Insn): string {
  const operator = COMPARISON[insn.opcode >> 4];
  if (operator === undefined) throw unknown(insn);
  return operator;
}

/** A jump counts from the slot that follows it. */
function target({ off }: Insn, slot: number): string {
  return `goto ${slot + 1 + off}`;
}

function call(insn: Insn): string {
  const [name, args] = HELPERS[insn.imm] ?? [];
  if (name === undefined) throw unknown(insn);
  const registers = Array.from({ length: args ?? 0 }, (_, at) => `r${at + 1}`);
  return `r0 = ${name}(${registers.join(", ")})`;
}

/** The right side: bit 3 of the opcode tells a register from a number. */
function operand(insn: Insn, ...besides: (keyof Insn)[]): string {
  return (insn.opcode & 0x08) !== 0
    ? `r${take(insn, "dst", "src", ...besides).src}`
    : number(take(insn, "dst", "imm", ...besides).imm);
}

function number(value: number): string {
  const size = Math.abs(value);
  const digits = size < 4096 ? `${size}` : `0x${size.toString(16)}`;
  return value < 0 ? `-${digits}` : digits;
}

/** The instruction, of which what is not asked for has to be 0. */
function take(insn: Insn, ...fields: (keyof Insn)[]): Insn {
  const others = (["dst", "src", "off", "imm"] as const)
    .filter((field) => !fields.includes(field) && insn[field] !== 0);
  if (others.length > 0) throw unknown(insn);
  return insn;
}

function unknown(insn: Insn): TypeError {
  return new TypeError(`Cannot disassemble ${JSON.stringify(insn)}`);
}
