import { assertEquals } from "@std/assert";
import { encode } from "../../src/bpf/insn.ts";
import { PROGRAMS } from "../../src/programs/modes.ts";
import { SOCK_CREATE } from "../../src/programs/plain.ts";

Deno.test("sock_create is these bytes", () => {
  const slots = encode(SOCK_CREATE.instructions(5, () => 0)).toHex().match(
    /.{16}/g,
  );
  assertEquals(slots, [
    "bf16000000000000", // r6 = r1
    "1827000005000000", // r7 = &value of map 5 …
    "0000000000000000", // … second slot
    "850000007a000000", // r0 = bpf_get_netns_cookie(r1)
    "7971080000000000", // r1 = *(u64 *)(r7 + 8)     binding->netns_cookie
    "5d10070000000000", // if (r0 != r1) goto allow
    "61610c0000000000", // r1 = *(u32 *)(r6 + 12)    sk->protocol
    "1501070006010000", // if (r1 == 262) goto deny
    "6161000000000000", // r1 = *(u32 *)(r6 + 0)     sk->bound_dev_if
    "5501030000000000", // if (r1 != 0) goto allow
    "6171000000000000", // r1 = *(u32 *)(r7 + 0)     binding->ifindex
    "1501030000000000", // if (r1 == 0) goto deny
    "6316000000000000", // *(u32 *)(r6 + 0) = r1     sk->bound_dev_if
    "b700000001000000", // allow: r0 = 1
    "9500000000000000", // return r0
    "b700000000000000", // deny: r0 = 0
    "9500000000000000", // return r0
  ]);
});

Deno.test("names of programs and their copies fit into the kernel's 15 characters, and differ", () => {
  const names = PROGRAMS.map(({ kernelName }) => kernelName);
  assertEquals(
    names.filter((name) => !/^denovrf_[a-z0-9_]{1,6}$/.test(name)),
    [],
  );
  assertEquals(new Set(names).size, PROGRAMS.length);
  assertEquals(
    new Set(PROGRAMS.map(({ name }) => name)).size,
    PROGRAMS.length,
  );
});
