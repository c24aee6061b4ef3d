import { assertEquals, assertThrows } from "@std/assert";
import { disassemble } from "./disassemble.ts";

function texts(...slots: string[]): string[] {
  return disassemble(Uint8Array.fromHex(slots.join(""))).map(({ text }) =>
    text
  );
}

Deno.test("disassemble() reads slots as C", () => {
  assertEquals(
    texts(
      "bf16000000000000",
      "1827000005000000",
      "0000000000000000",
      "850000007a000000",
      "7b0af8ff00000000",
      "5d10010000000000",
      "0500feff00000000",
      "16010000ffffffff",
      "5500000000000080",
      "9500000000000000",
    ),
    [
      "r6 = r1",
      "r7 = &value of map 5",
      "…",
      "r0 = bpf_get_netns_cookie(r1)",
      "*(u64 *)(r10 - 8) = r0",
      "if (r0 != r1) goto 7",
      "goto 5",
      "if ((u32)r1 == 0xffffffff) goto 8",
      "if (r0 != -0x80000000) goto 9",
      "return r0",
    ],
  );
});

Deno.test("disassemble() refuses what it does not know", () => {
  for (
    const slot of [
      "ffffffffffffffff",
      "8500000000000080", // no such helper
      "8510000001000000", // a call of another function
      "1817000005000000", // the address of a map
      "d701000010000000", // a byte swap
    ]
  ) {
    assertThrows(() => texts(slot), TypeError, "Cannot disassemble");
  }
});

Deno.test("disassemble() refuses fields that mean nothing", () => {
  for (
    const slot of [
      "bf16000001000000", // a number beside a register
      "b710000001000000", // a register beside a number
      "b700010001000000", // an offset without memory
      "6161000001000000", // a number beside an address
      "9500000001000000", // a return of a number
    ]
  ) {
    assertThrows(() => texts(slot), TypeError, "Cannot disassemble");
  }
});
