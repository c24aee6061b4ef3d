import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/messages/errors.ts";
import {
  isThere,
  readIfThere,
  removeFolderIfEmpty,
} from "../../src/systemd/files.ts";

const TOO_LONG = `/${"x".repeat(300)}`;

Deno.test("isThere() says in a person's words why a path cannot be looked at", () => {
  assertEquals(isThere("/proc/self"), true);
  assertEquals(isThere("/nosuch"), false);
  assertEquals(isThere("/proc/self/comm/x"), false);
  const error = assertThrows(() => isThere(TOO_LONG), UserError);
  assertEquals(
    error.message,
    `Cannot look at "${TOO_LONG}": File name too long`,
  );
});

Deno.test("readIfThere() and removeFolderIfEmpty() tell a failure once, as that of the attempt", () => {
  const cases: [act: (path: string) => unknown, what: string][] = [
    [readIfThere, "read"],
    [removeFolderIfEmpty, "remove folder"],
  ];
  for (const [act, what] of cases) {
    const error = assertThrows(() => act(TOO_LONG), UserError);
    assertEquals(
      error.message,
      `Cannot ${what} "${TOO_LONG}": File name too long`,
    );
  }
});
