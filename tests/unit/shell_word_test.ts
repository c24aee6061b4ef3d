import { shellWord } from "../../src/messages/quote.ts";
import { assertEquals } from "@std/assert";

Deno.test("shellWord() quotes what a shell would take for more", async () => {
  assertEquals(shellWord("denovrf@red.service"), "denovrf@red.service");
  for (const word of ["a\\x2db.slice", "it's", "$x *", "a;b", ""]) {
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `printf %s ${shellWord(word)}`],
    }).output();
    assertEquals(new TextDecoder().decode(stdout), word);
  }
});
