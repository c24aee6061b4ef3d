import { assertEquals, assertThrows } from "@std/assert";
import {
  addImm,
  addReg,
  andImm,
  call,
  encode,
  exit,
  type Insn,
  jump,
  jumpIfImm,
  jumpIfImm32,
  jumpIfNotImm,
  jumpIfNotReg,
  label,
  loadMapValue,
  loadMem,
  lshImm,
  movImm,
  movReg,
  R0,
  R1,
  R6,
  R7,
  storeMem,
} from "../../src/bpf/insn.ts";

/** One slot: opcode, registers (dst low), offset, immediate, little-endian. */
function hex(...program: Insn[]): string {
  return encode(program).toHex().replace(/.{16}(?=.)/g, "$& ");
}

Deno.test("encode() gives each instruction the kernel's bytes", () => {
  assertEquals(hex(movReg(R6, R1)), "bf16000000000000"); // r6 = r1
  assertEquals(hex(movImm(R0, 1)), "b700000001000000"); // r0 = 1
  assertEquals(hex(movImm(R0, -1)), "b7000000ffffffff"); // r0 = -1
  assertEquals(hex(addImm(R1, -4)), "07010000fcffffff"); // r1 += -4
  assertEquals(hex(addReg(R6, R1)), "0f16000000000000"); // r6 += r1
  assertEquals(hex(lshImm(R1, 3)), "6701000003000000"); // r1 <<= 3
  assertEquals(hex(andImm(R1, 0xff)), "57010000ff000000"); // r1 &= 0xff
  assertEquals(hex(loadMem("u32", R1, R6, 0)), "6161000000000000"); // r1 = *(u32 *)(r6 + 0)
  assertEquals(hex(loadMem("u64", R1, R7, 8)), "7971080000000000"); // r1 = *(u64 *)(r7 + 8)
  assertEquals(hex(storeMem("u32", R6, 0, R1)), "6316000000000000"); // *(u32 *)(r6 + 0) = r1
  assertEquals(hex(storeMem("u64", R6, -8, R1)), "7b16f8ff00000000"); // *(u64 *)(r6 - 8) = r1
  assertEquals(hex(call(122)), "850000007a000000"); // r0 = bpf_get_netns_cookie(r1)
  assertEquals(hex(exit()), "9500000000000000"); // return r0
  assertEquals(
    hex(...loadMapValue(R7, 3)), // r7 = &value of map 3
    "1827000003000000 0000000000000000",
  );
});

Deno.test("encode() counts a jump from the instruction after it", () => {
  assertEquals(
    hex(jumpIfNotReg(R0, R1, "end"), movImm(R0, 0), label("end"), exit()),
    "5d10010000000000 b700000000000000 9500000000000000",
  );
  assertEquals(
    hex(label("top"), jumpIfImm(R1, 0, "top"), exit()),
    "1501ffff00000000 9500000000000000",
  );
  assertEquals(
    hex(jumpIfNotImm(R1, 5, "end"), label("end"), exit()),
    "5501000005000000 9500000000000000",
  );
  assertEquals(
    hex(jumpIfImm32(R1, 0xffff0000, "end"), jump("end"), label("end"), exit()),
    "160101000000ffff 0500000000000000 9500000000000000",
  );
});

Deno.test("encode() counts a 64-bit load as two slots", () => {
  assertEquals(
    hex(
      jumpIfImm(R1, 0, "end"),
      ...loadMapValue(R7, 1),
      label("end"),
      exit(),
    ).slice(0, 16),
    "1501020000000000",
  );
});

Deno.test("encode() refuses labels that are missing or stand twice", () => {
  assertThrows(() => hex(jumpIfImm(R1, 0, "a")), TypeError, 'no label "a"');
  assertThrows(() => hex(label("a"), label("a")), TypeError, '"a" twice');
});
