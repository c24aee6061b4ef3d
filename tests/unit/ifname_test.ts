import { assertEquals, assertThrows } from "@std/assert";
import { assertIfname, faultOfIfname } from "../../src/iproute2/ifname.ts";
import { UserError } from "../../src/messages/errors.ts";

Deno.test("faultOfIfname() has nothing against names that the kernel takes", () => {
  for (
    const name of [
      ...["vrfred", "vrf-red", "eth0.100", "a", "123456789012345", "007"],
      ...["br@2", "-x", "rot", "vrf_ü", "...", ".a", "wg%0", 'a"b', "a\\b"],
    ]
  ) assertEquals(faultOfIfname(name), undefined, name);
});

Deno.test("faultOfIfname() names what the kernel would refuse, and we", () => {
  const faults: Record<string, string> = {
    "": "it is empty",
    ".": '"." is a directory',
    "..": '".." is a directory',
    "a/b": 'it contains a "/"',
    "a:b": 'it contains a ":"',
    "a b": "it contains white space",
    "a\tb": "it contains white space",
    "a\n": "it contains white space",
    "a\0b": "it contains a NUL",
    "a\x01b": "it contains a control character",
    "a\x7fb": "it contains a control character",
    "a\x85b": "it contains a control character",
    "a\ufffdb": "it is not UTF-8",
    "1234567890123456": "it is longer than 15 bytes",
    "üüüüüüüü": "it is longer than 15 bytes", // 16 bytes in 8 characters
  };
  for (const [name, fault] of Object.entries(faults)) {
    assertEquals(faultOfIfname(name), fault, name);
  }
});

Deno.test("assertIfname() quotes a name so that it cannot play with the terminal", () => {
  const error = assertThrows(() => assertIfname("\x1b[2J /"), UserError);
  assertEquals(
    error.message,
    'Cannot use "\\u001b[2J /" as an interface name: it contains a "/"',
  );
});
