import { UserError } from "../../src/messages/errors.ts";
import {
  directoryOf,
  exists,
  linkTo,
  makeDirectories,
  namesIn,
  readTextIfExists,
  removeDirectoryIfEmpty,
  removeIfExists,
  statusOf,
  writeWhole,
} from "../../src/os/files.ts";
import { assertEquals, assertThrows } from "@std/assert";

/** libc stays open after its first use, which Deno 2.7.11 takes for a leak. */
const LIBC_STAYS = { sanitizeResources: false };

const TOO_LONG = `/${"x".repeat(300)}`;

Deno.test(
  "exists() says in a person's words why a path cannot be looked at",
  LIBC_STAYS,
  () => {
    assertEquals(exists("/proc/self"), true);
    assertEquals(exists("/nosuch"), false);
    assertEquals(exists("/proc/self/comm/x"), false);
    const error = assertThrows(() => exists(TOO_LONG), UserError);
    assertEquals(
      error.message,
      `Cannot look at "${TOO_LONG}": File name too long`,
    );
  },
);

Deno.test(
  "a path that cannot be used is told with what was to be done",
  LIBC_STAYS,
  () => {
    const cases: [act: (path: string) => unknown, what: string][] = [
      [readTextIfExists, "read"],
      [namesIn, "read directory"],
      [removeDirectoryIfEmpty, "remove directory"],
      [(path) => writeWhole(path, ""), "write"],
    ];
    for (const [act, what] of cases) {
      const error = assertThrows(() => act(TOO_LONG), UserError);
      assertEquals(
        error.message,
        `Cannot ${what} "${TOO_LONG}": File name too long`,
      );
    }
  },
);

/** A directory that is gone at the end of its scope. */
function makeDirectory(): Disposable & { path: string } {
  const path = Deno.makeTempDirSync({ prefix: "denovrf-files-" });
  return {
    path,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

Deno.test(
  "writeWhole() leaves the file alone in its directory, which it creates",
  LIBC_STAYS,
  () => {
    using directory = makeDirectory();
    const path = `${directory.path}/x.service.d/50-denovrf.conf`;
    for (const text of ["first", "then\n"]) {
      writeWhole(path, text);
      assertEquals(readTextIfExists(path), text);
      assertEquals(namesIn(directoryOf(path)), ["50-denovrf.conf"]);
    }
    const status = statusOf(path);
    assertEquals([status?.isFile, status?.uid], [true, Deno.uid()]);
  },
);

Deno.test(
  "a link that leads nowhere exists, and there is nothing to read",
  LIBC_STAYS,
  () => {
    using directory = makeDirectory();
    const path = `${directory.path}/wants/x.service`;
    linkTo("../nosuch", path);
    linkTo("/proc", path);
    assertEquals(Deno.readLinkSync(path), "../nosuch");
    assertEquals(exists(path), true);
    assertEquals(statusOf(path), undefined);
    assertEquals(readTextIfExists(path), undefined);
    assertEquals([removeIfExists(path), removeIfExists(path)], [true, false]);
  },
);

Deno.test("removeDirectoryIfEmpty() removes nothing else", LIBC_STAYS, () => {
  using directory = makeDirectory();
  makeDirectories(`${directory.path}/a/b`);
  removeDirectoryIfEmpty(`${directory.path}/a`);
  assertEquals(namesIn(directory.path), ["a"]);
  for (const name of ["a/b", "a", "nosuch"]) {
    removeDirectoryIfEmpty(`${directory.path}/${name}`);
  }
  assertEquals(namesIn(directory.path), []);
  assertEquals(namesIn(`${directory.path}/nosuch`), []);
});

Deno.test(
  "makeDirectories() lets only the owner in by default",
  LIBC_STAYS,
  () => {
    using directory = makeDirectory();
    makeDirectories(`${directory.path}/a/b`);
    makeDirectories(`${directory.path}/a/c`, 0o755);
    assertEquals(
      ["a", "a/b", "a/c"].map((name) =>
        Deno.statSync(`${directory.path}/${name}`).mode?.toString(8)
      ),
      ["40700", "40700", "40755"],
    );
  },
);
