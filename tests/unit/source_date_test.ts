import { assertEquals } from "@std/assert";
import { setTimes, sourceDate } from "../../src/build/source_date.ts";

Deno.test("sourceDate() is what SOURCE_DATE_EPOCH says", async () => {
  const before = Deno.env.get("SOURCE_DATE_EPOCH");
  Deno.env.set("SOURCE_DATE_EPOCH", "1000000000");
  try {
    assertEquals((await sourceDate()).getTime(), 1_000_000_000_000);
  } finally {
    if (before === undefined) Deno.env.delete("SOURCE_DATE_EPOCH");
    else Deno.env.set("SOURCE_DATE_EPOCH", before);
  }
});

Deno.test("setTimes() reaches directories and all that is in them", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${directory}/a/b`, { recursive: true });
    await Deno.writeTextFile(`${directory}/a/b/c`, "");
    const date = new Date(1_000_000_000_000);
    await setTimes(directory, date);
    for (const path of ["", "/a", "/a/b", "/a/b/c"]) {
      const { mtime } = await Deno.stat(`${directory}${path}`);
      assertEquals([path, mtime], [path, date]);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
