import { assertEquals, assertThrows } from "@std/assert";
import { replaceAfter } from "../readme.ts";

const TEXT = `a
<!-- one -->
1
<!-- the end of it -->
b
<!-- two -->
2
<!-- the end of it -->
`;

Deno.test("text takes the place of what comes after a comment, and of nothing else", () => {
  assertEquals(
    replaceAfter("two", TEXT, "new"),
    TEXT.replace("\n2\n", "\n\nnew\n\n"),
  );
});

Deno.test("a comment that is not there, or has no end, is an error", () => {
  for (const text of ["a", "<!-- the end of it -->\n<!-- one -->"]) {
    assertThrows(() => replaceAfter("one", text, "new"), Error);
  }
});
