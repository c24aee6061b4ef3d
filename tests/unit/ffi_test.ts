import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/messages/errors.ts";
import { addressOf, cString, lazyLibrary } from "../../src/os/ffi.ts";

const LIBC = "libc.so.6";

/** A library stays open after its first use, which Deno 2.7.11 takes for a leak. */
const LIBRARY_STAYS = { sanitizeResources: false };

/** Functions of libc whose results are known, of each kind. */
const FUNCTIONS = {
  /** `int atoi(const char *nptr)` */
  atoi: { parameters: ["buffer"], result: "i32" },
  /** `uint32_t htonl(uint32_t hostlong)` */
  htonl: { parameters: ["u32"], result: "u32" },
  /** `long long atoll(const char *nptr)` */
  atoll: { parameters: ["buffer"], result: "i64" },
  /** `ssize_t read(int fd, void *buf, size_t count)` */
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /** `unsigned long strtoul(const char *nptr, char **endptr, int base)` */
  strtoul: { parameters: ["buffer", "pointer", "i32"], result: "usize" },
  /** `char *strchr(const char *s, int c)` */
  strchr: { parameters: ["buffer", "i32"], result: "pointer" },
  /** No function of libc. */
  nosuch: { parameters: [], result: "i32", optional: true },
} as const;

Deno.test(
  "lazyLibrary() has the results of functions of each kind",
  LIBRARY_STAYS,
  () => {
    const libc = lazyLibrary(() => LIBC, FUNCTIONS);
    for (const value of [0, 7, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      assertEquals(libc.atoi(cString(`${value}`)), value);
    }
    assertEquals(libc.htonl(0x01020304), 0x04030201);
    assertEquals(libc.htonl(0xfeffffff), 0xfffffffe);
    for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
      assertEquals(libc.atoll(cString(`${value}`)), value);
    }
    assertEquals(libc.read(-1, new Uint8Array(1), 1n), -1n);
    for (const value of [0n, 7n, 2n ** 64n - 1n]) {
      assertEquals(libc.strtoul(cString(`${value}`), null, 10), value);
    }
    const text = cString("denovrf");
    const found = libc.strchr(text, "v".charCodeAt(0));
    assertEquals(Deno.UnsafePointer.value(found), addressOf(text) + 4n);
    assertEquals(libc.strchr(text, "x".charCodeAt(0)), null);
  },
);

Deno.test(
  "lazyLibrary() leaves out an optional function that does not exist",
  LIBRARY_STAYS,
  () => {
    const libc = lazyLibrary(() => LIBC, FUNCTIONS);
    assertEquals(libc.nosuch?.(), undefined);
  },
);

Deno.test("lazyLibrary() opens a library at the first use of a function", () => {
  const missing = lazyLibrary(() => "libnosuch.so.0", FUNCTIONS);
  const error = assertThrows(() => missing.atoi, UserError);
  assertEquals(
    error.message,
    'Cannot use "libnosuch.so.0": libnosuch.so.0: cannot open shared object file: No such file or directory',
  );
});
