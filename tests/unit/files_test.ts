import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../src/messages/errors.ts";
import {
  exists,
  linkTo,
  makeDirectories,
  namesIn,
  readIfThere,
  removeFolderIfEmpty,
  removeIfThere,
  statusOf,
  writeWhole,
} from "../../src/os/files.ts";
import { folderOf } from "../../src/os/path.ts";

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
      [readIfThere, "read"],
      [namesIn, "read directory"],
      [removeFolderIfEmpty, "remove directory"],
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

/** A folder that is gone at the end of its scope. */
function makeFolder(): Disposable & { path: string } {
  const path = Deno.makeTempDirSync({ prefix: "denovrf-files-" });
  return {
    path,
    [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }),
  };
}

Deno.test(
  "writeWhole() leaves the file alone in its folder, which it creates",
  LIBC_STAYS,
  () => {
    using folder = makeFolder();
    const path = `${folder.path}/x.service.d/50-denovrf.conf`;
    for (const text of ["first", "then\n"]) {
      writeWhole(path, text);
      assertEquals(readIfThere(path), text);
      assertEquals(namesIn(folderOf(path)), ["50-denovrf.conf"]);
    }
    const status = statusOf(path);
    assertEquals([status?.isFile, status?.owner], [true, Deno.uid()]);
  },
);

Deno.test(
  "a link that leads nowhere exists, and there is nothing to read",
  LIBC_STAYS,
  () => {
    using folder = makeFolder();
    const path = `${folder.path}/wants/x.service`;
    linkTo("../nosuch", path);
    linkTo("/proc", path);
    assertEquals(Deno.readLinkSync(path), "../nosuch");
    assertEquals(exists(path), true);
    assertEquals(statusOf(path), undefined);
    assertEquals(readIfThere(path), undefined);
    assertEquals([removeIfThere(path), removeIfThere(path)], [true, false]);
  },
);

Deno.test("removeFolderIfEmpty() removes nothing else", LIBC_STAYS, () => {
  using folder = makeFolder();
  makeDirectories(`${folder.path}/a/b`);
  removeFolderIfEmpty(`${folder.path}/a`);
  assertEquals(namesIn(folder.path), ["a"]);
  for (const name of ["a/b", "a", "nosuch"]) {
    removeFolderIfEmpty(`${folder.path}/${name}`);
  }
  assertEquals(namesIn(folder.path), []);
  assertEquals(namesIn(`${folder.path}/nosuch`), []);
});

Deno.test(
  "makeDirectories() lets only the owner in by default",
  LIBC_STAYS,
  () => {
    using folder = makeFolder();
    makeDirectories(`${folder.path}/a/b`);
    makeDirectories(`${folder.path}/a/c`, 0o755);
    assertEquals(
      ["a", "a/b", "a/c"].map((name) =>
        statusOf(`${folder.path}/${name}`)?.mode.toString(8)
      ),
      ["700", "700", "755"],
    );
  },
);
