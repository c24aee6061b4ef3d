import { assertEquals } from "@std/assert";
import { quote } from "../../src/messages/quote.ts";

Deno.test("quote() leaves what a person can read as it is", () => {
  assertEquals(quote("vrf-red"), '"vrf-red"');
  assertEquals(
    quote("denovrf@vrf\\x2dred.service"),
    '"denovrf@vrf\\x2dred.service"',
  );
  assertEquals(quote("größe"), '"größe"');
});

Deno.test("quote() escapes quotes and every control character", () => {
  assertEquals(quote('a"b'), '"a\\"b"');
  assertEquals(quote("\x1b[2J\n\x7f\x9b"), '"\\u001b[2J\\u000a\\u007f\\u009b"');
});
