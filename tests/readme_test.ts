import { assertEquals, assertThrows } from "@std/assert";
import { replaceAfter } from "./readme.ts";

const TEXT = `a
<!-- one -->
1
<!-- the end of it -->
b
<!-- two -->
2
<!-- the end of it -->
`;

Deno.test("replaceAfter() puts text in the place of what comes after a comment, and of nothing else", () => {
  assertEquals(
    replaceAfter("two", TEXT, "new"),
    TEXT.replace("\n2\n", "\n\nnew\n\n"),
  );
});

Deno.test("replaceAfter() throws if the comment is missing, or has no end", () => {
  for (const text of ["a", "<!-- the end of it -->\n<!-- one -->"]) {
    assertThrows(() => replaceAfter("one", text, "new"), Error);
  }
});
