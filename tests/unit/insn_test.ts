import { assertEquals, assertThrows } from "@std/assert";
import {
  add,
  and,
  call,
  encode,
  exit,
  type Insn,
  ja,
  jeq,
  jeq32,
  jne,
  label,
  load,
  loadMapValue,
  lsh,
  mov,
  R0,
  R1,
  R6,
  R7,
  store,
} from "../../src/bpf/insn.ts";

/** One slot: opcode, registers (dst low), offset, immediate, little-endian. */
function hex(...program: Insn[]): string {
  return encode(program).toHex().replace(/.{16}(?=.)/g, "$& ");
}

Deno.test("encode() gives each instruction the kernel's bytes", () => {
  assertEquals(hex(mov(R6, R1)), "bf16000000000000"); // r6 = r1
  assertEquals(hex(mov(R0, 1)), "b700000001000000"); // r0 = 1
  assertEquals(hex(mov(R0, -1)), "b7000000ffffffff"); // r0 = -1
  assertEquals(hex(add(R1, -4)), "07010000fcffffff"); // r1 += -4
  assertEquals(hex(add(R6, R1)), "0f16000000000000"); // r6 += r1
  assertEquals(hex(lsh(R1, 3)), "6701000003000000"); // r1 <<= 3
  assertEquals(hex(and(R1, 0xff)), "57010000ff000000"); // r1 &= 0xff
  assertEquals(hex(load("u32", R1, R6, 0)), "6161000000000000"); // r1 = *(u32 *)(r6 + 0)
  assertEquals(hex(load("u64", R1, R7, 8)), "7971080000000000"); // r1 = *(u64 *)(r7 + 8)
  assertEquals(hex(store("u32", R6, 0, R1)), "6316000000000000"); // *(u32 *)(r6 + 0) = r1
  assertEquals(hex(store("u64", R6, -8, R1)), "7b16f8ff00000000"); // *(u64 *)(r6 - 8) = r1
  assertEquals(hex(call(122)), "850000007a000000"); // r0 = bpf_get_netns_cookie(r1)
  assertEquals(hex(exit()), "9500000000000000"); // return r0
  assertEquals(
    hex(...loadMapValue(R7, 3)), // r7 = &value of map 3
    "1827000003000000 0000000000000000",
  );
});

Deno.test("encode() counts a jump from the instruction after it", () => {
  assertEquals(
    hex(jne(R0, R1, "end"), mov(R0, 0), label("end"), exit()),
    "5d10010000000000 b700000000000000 9500000000000000",
  );
  assertEquals(
    hex(label("top"), jeq(R1, 0, "top"), exit()),
    "1501ffff00000000 9500000000000000",
  );
  assertEquals(
    hex(jne(R1, 5, "end"), label("end"), exit()),
    "5501000005000000 9500000000000000",
  );
  assertEquals(
    hex(jeq32(R1, 0xffff0000 | 0, "end"), ja("end"), label("end"), exit()),
    "160101000000ffff 0500000000000000 9500000000000000",
  );
});

Deno.test("encode() counts a 64-bit load as two slots", () => {
  assertEquals(
    hex(
      jeq(R1, 0, "end"),
      ...loadMapValue(R7, 1),
      label("end"),
      exit(),
    ).slice(0, 16),
    "1501020000000000",
  );
});

Deno.test("encode() refuses labels that are missing or stand twice", () => {
  assertThrows(() => hex(jeq(R1, 0, "a")), TypeError, 'no label "a"');
  assertThrows(() => hex(label("a"), label("a")), TypeError, '"a" twice');
});

Deno.test("encode() refuses an offset or an immediate that does not fit", () => {
  assertEquals(hex(mov(R0, 2 ** 31 - 1)), "b7000000ffffff7f");
  assertEquals(hex(load("u32", R0, R1, -(2 ** 15))), "6110008000000000");
  const tooMuch: Insn[] = [
    ...[mov(R0, 2 ** 31), mov(R0, -(2 ** 31) - 1), mov(R0, 0.5)],
    ...[load("u32", R0, R1, 2 ** 15), store("u32", R1, 70_000, R0)],
  ];
  for (const insn of tooMuch) {
    assertThrows(() => hex(insn), RangeError, "does not fit into");
  }
  const body = Array.from({ length: 2 ** 15 }, () => exit());
  assertThrows(() => hex(ja("end"), ...body, label("end")), RangeError);
});
