import { assertEquals, assertMatch } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { version, versions } from "../../src/messages/version.ts";

Deno.test("version() is that of deno.json, with the form and the Deno in it", () => {
  assertEquals(
    version(),
    `denovrf ${config.version} (script, Deno ${Deno.version.deno})`,
  );
});

Deno.test("versions() names the package in the program, and what stands in for it", () => {
  const [first, cli = ""] = versions().split("\n");
  assertEquals(first, version());
  assertMatch(cli, /^jsr:@std\/cli@\d+\.\d+\.\d+(?: \(a stand-in\))?$/);
});

Deno.test("the version is in no file but deno.json", async () => {
  const holders: string[] = [];
  for (const directory of ["src", "units"]) await search(directory, holders);
  assertEquals(holders, []);
});

/** Adds the files below a directory that hold the version. */
async function search(directory: string, holders: string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) await search(path, holders);
    else if ((await Deno.readTextFile(path)).includes(config.version)) {
      holders.push(path);
    }
  }
}
