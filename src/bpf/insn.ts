/**
 * eBPF instructions as data, and their encoding.
 *
 * The instruction set is the kernel's Documentation/bpf/standardization/instruction-set.rst.
 */

/** A register: no number, so that no immediate or offset is taken for one. */
export interface Reg {
  readonly reg: number;
}

/** Registers: r0 is the result, r1 to r5 arguments, r6 to r9 survive calls. */
export const R0: Reg = { reg: 0 };

export const R1: Reg = { reg: 1 };

export const R2: Reg = { reg: 2 };

export const R3: Reg = { reg: 3 };

export const R4: Reg = { reg: 4 };

export const R5: Reg = { reg: 5 };

export const R6: Reg = { reg: 6 };

export const R7: Reg = { reg: 7 };

export const R8: Reg = { reg: 8 };

export const R9: Reg = { reg: 9 };

/** The end of the stack, read-only; what is below it is free. */
export const R10: Reg = { reg: 10 };

/** Access sizes, as the opcode of a load or a store has them. */
const SIZE = { u32: 0x00, u16: 0x08, u8: 0x10, u64: 0x18 } as const;

/** The width of a memory access. */
export type Size = keyof typeof SIZE;

/** A slot of an instruction, or a place to jump to. */
export type Insn =
  | { readonly label: string }
  | {
    readonly opcode: number;
    readonly dst?: Reg;
    readonly src?: Reg;
    /** Signed 16 bits, or the label that a jump goes to. */
    readonly off?: number | string;
    /** Signed 32 bits. */
    readonly imm?: number;
  };

const BPF_LD = 0x00;

const BPF_LDX = 0x01;

const BPF_STX = 0x03;

const BPF_JMP = 0x05;

const BPF_JMP32 = 0x06;

const BPF_ALU64 = 0x07;

const BPF_IMM = 0x00;

const BPF_MEM = 0x60;

const BPF_ATOMIC = 0xc0;

const BPF_K = 0x00;

const BPF_X = 0x08;

const BPF_ADD = 0x00;

const BPF_AND = 0x50;

const BPF_LSH = 0x60;

const BPF_MOV = 0xb0;

const BPF_JA = 0x00;

const BPF_JEQ = 0x10;

const BPF_JNE = 0x50;

const BPF_JLE = 0xb0;

const BPF_CALL = 0x80;

const BPF_EXIT = 0x90;

/** As the source of a 64-bit load: the immediate is a map's fd. */
const BPF_PSEUDO_MAP_VALUE: Reg = { reg: 2 };

/** The bytes of one instruction slot. */
const SLOT = 8;

/** Names the place of the next instruction. Emits nothing. */
export function label(name: string): Insn {
  return { label: name };
}

/** A second operand: a register, or an immediate. */
type Operand = Reg | number;

/** An instruction whose second operand is a register or an immediate. */
function binary(
  opcode: number,
  dst: Reg,
  by: Operand,
  off: string | number = 0,
): Insn {
  return typeof by === "number"
    ? { opcode: opcode | BPF_K, dst, imm: by, off }
    : { opcode: opcode | BPF_X, dst, src: by, off };
}

/** Emits `dst = by`. */
export function mov(dst: Reg, by: Operand): Insn {
  return binary(BPF_ALU64 | BPF_MOV, dst, by);
}

/** Emits `dst += by`. */
export function add(dst: Reg, by: Operand): Insn {
  return binary(BPF_ALU64 | BPF_ADD, dst, by);
}

/** Emits `dst <<= by`. */
export function lsh(dst: Reg, by: Operand): Insn {
  return binary(BPF_ALU64 | BPF_LSH, dst, by);
}

/** Emits `dst &= by`. */
export function and(dst: Reg, by: Operand): Insn {
  return binary(BPF_ALU64 | BPF_AND, dst, by);
}

/** Emits `dst = *(size *)(src + off)`. */
export function load(
  size: Size,
  dst: Reg,
  src: Reg,
  off: number,
): Insn {
  return { opcode: BPF_LDX | SIZE[size] | BPF_MEM, dst, src, off };
}

/** Emits `*(size *)(dst + off) = src`. */
export function store(
  size: Size,
  dst: Reg,
  off: number,
  src: Reg,
): Insn {
  return { opcode: BPF_STX | SIZE[size] | BPF_MEM, dst, src, off };
}

/** Emits `*(u64 *)(dst + off) += src`, in one step for every CPU. */
export function atomicAdd(dst: Reg, off: number, src: Reg): Insn {
  // BPF_ADD, as the immediate, is 0.
  return { opcode: BPF_STX | SIZE.u64 | BPF_ATOMIC, dst, src, off };
}

/**
 * Emits `dst = &value of the only entry of the map`, two slots. Linux 5.2.
 *
 * @param mapFd The map's file descriptor; it has to be open only for the load.
 */
export function loadMapValue(dst: Reg, mapFd: number): Insn[] {
  return [
    {
      opcode: BPF_LD | SIZE.u64 | BPF_IMM,
      dst,
      src: BPF_PSEUDO_MAP_VALUE,
      imm: mapFd,
    },
    { opcode: 0 },
  ];
}

/** Emits `goto target`. */
export function ja(target: string): Insn {
  return { opcode: BPF_JMP | BPF_JA, off: target };
}

/** Emits `if (dst == by) goto target`. The sign of an immediate is extended. */
export function jeq(dst: Reg, by: Operand, target: string): Insn {
  return binary(BPF_JMP | BPF_JEQ, dst, by, target);
}

/** Emits `if (dst != by) goto target`. The sign of an immediate is extended. */
export function jne(dst: Reg, by: Operand, target: string): Insn {
  return binary(BPF_JMP | BPF_JNE, dst, by, target);
}

/** Emits `if (dst <= by) goto target`, unsigned. Linux 4.14. */
export function jle(dst: Reg, by: Operand, target: string): Insn {
  return binary(BPF_JMP | BPF_JLE, dst, by, target);
}

/** Emits `if ((u32)dst == by) goto target`. Linux 5.1. */
export function jeq32(dst: Reg, by: Operand, target: string): Insn {
  return binary(BPF_JMP32 | BPF_JEQ, dst, by, target);
}

/** Emits `r0 = helper(r1, …)`. @param helper Its number in uapi/linux/bpf.h. */
export function call(helper: number): Insn {
  return { opcode: BPF_JMP | BPF_CALL, imm: helper };
}

/** Emits `return r0`. */
export function exit(): Insn {
  return { opcode: BPF_JMP | BPF_EXIT };
}

/**
 * Resolves the labels and returns the bytes that BPF_PROG_LOAD takes:
 * `struct bpf_insn` in little-endian order, 8 bytes a slot.
 *
 * @throws {TypeError} If a label is missing, or set twice.
 * @throws {RangeError} If an offset or an immediate does not fit.
 */
export function encode(program: readonly Insn[]): Uint8Array<ArrayBuffer> {
  const places = new Map<string, number>();
  let slots = 0;
  for (const insn of program) {
    if (!("label" in insn)) {
      slots++;
    } else if (places.has(insn.label)) {
      throw new TypeError(`Cannot encode program: label "${insn.label}" twice`);
    } else {
      places.set(insn.label, slots);
    }
  }

  const bytes = new Uint8Array(slots * SLOT);
  const view = new DataView(bytes.buffer);
  let slot = 0;
  for (const insn of program) {
    if ("label" in insn) continue;
    const { opcode, dst = R0, src = R0, off = 0, imm = 0 } = insn;
    const at = slot * SLOT;
    view.setUint8(at, opcode);
    view.setUint8(at + 1, dst.reg | src.reg << 4);
    view.setInt16(at + 2, fitting(offset(off, slot, places), 16), true);
    view.setInt32(at + 4, fitting(imm, 32), true);
    slot++;
  }
  return bytes;
}

/** The offset of an instruction; a jump counts from the next instruction. */
function offset(
  off: number | string,
  slot: number,
  places: ReadonlyMap<string, number>,
): number {
  if (typeof off === "number") return off;
  const place = places.get(off);
  if (place === undefined) {
    throw new TypeError(`Cannot encode program: no label "${off}"`);
  }
  return place - slot - 1;
}

/** A number that a field of an instruction can hold, which is signed. */
function fitting(number: number, bits: 16 | 32): number {
  const end = 2 ** (bits - 1);
  if (Number.isInteger(number) && number >= -end && number < end) return number;
  throw new RangeError(
    `Cannot encode program: ${number} does not fit into ${bits} bits`,
  );
}
