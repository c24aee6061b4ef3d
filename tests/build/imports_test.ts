/** Where the packages in the program come from: JSR, as locked, or stand-ins. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import config from "../../deno.json" with { type: "json" };
import { importFlags } from "../../src/build/imports.ts";
import { must } from "../shell.ts";
import { makeCopy, task } from "./fixture.ts";

/** Nothing answers there. */
const UNREACHABLE = { JSR_URL: "http://127.0.0.1:9/" };

/** Whether JSR, or what was fetched from it, is at hand. */
const hasPackages = (await importFlags()).length === 0;

Deno.test("compile and package make nothing of stand-ins", async () => {
  await using copy = await makeCopy("stand-ins");
  for (const name of ["compile", "package"]) {
    const { code, stdout, stderr } = await task(copy.path, [name], UNREACHABLE);
    assertEquals([code, stdout], [1, ""], name);
    const [message, remedy, ...rest] = stderr.split("\n");
    assertMatch(
      message ?? "",
      /^Cannot get the packages that denovrf is made of: .*127\.0\.0\.1:9/,
    );
    assertMatch(remedy ?? "", /^Give Deno access to JSR, or set DENO_DIR /);
    assertEquals(rest, []);
  }
  assertEquals(await must(["ls", `${copy.path}/dist`]), "");
});

Deno.test("bundle says that it uses stand-ins, and so does what it makes", async () => {
  await using copy = await makeCopy("stand-ins");
  const { code, stderr } = await task(copy.path, ["bundle"], UNREACHABLE);
  assertEquals([code, stderr], [
    0,
    "JSR is unreachable: the stand-ins for @std/cli and @std/assert take its place",
  ]);
  assertEquals(
    await packageIn(copy.path),
    `${config.imports["@std/cli"]} (a stand-in)`,
  );
});

Deno.test({
  name:
    "bundle makes the same bytes of JSR's packages in any directory, and names them",
  ignore: !hasPackages,
  async fn() {
    const scripts: string[] = [];
    for (const path of ["first", "another/and/deeper"]) {
      await using copy = await makeCopy(path);
      const { code, stderr } = await task(copy.path, ["bundle"]);
      assertEquals([code, stderr], [0, ""]);
      assertEquals(await packageIn(copy.path), config.imports["@std/cli"]);
      scripts.push(await Deno.readTextFile(`${copy.path}/dist/denovrf.js`));
    }
    assertEquals(scripts[0] === scripts[1], true);
  },
});

Deno.test("no task builds anything of a package whose code is not what was locked", async () => {
  await using copy = await makeCopy("other");
  await using registry = serveRegistry(
    "export const unicodeWidth = () => 666;",
  );
  const denoDir = `${copy.path}/cache`;
  const env = { JSR_URL: registry.url, DENO_DIR: denoDir };
  for (const name of ["compile", "package", "build", "bundle"]) {
    const { code, stdout, stderr } = await task(copy.path, [name], env);
    assertEquals([code, stdout], [1, ""], name);
    assertStringIncludes(
      stderr,
      `Cannot use "${
        config.imports["@std/cli"]
      }/unicode-width": its code is not what src/build/lock.json says`,
    );
  }
  assertEquals(await must(["ls", `${copy.path}/dist`]), "");
});

/** What the script form in a copy says of the package in it. */
async function packageIn(copy: string): Promise<string | undefined> {
  // The Deno that made it is not on PATH in any case.
  const command = [Deno.execPath(), "run", "--quiet", "-A", "--no-remote"];
  const script = `${copy}/dist/denovrf.js`;
  const said = await must([...command, script, "--version", "--verbose"]);
  return said.split("\n")[1];
}

/** A registry like JSR, all of whose packages have this one module. */
function serveRegistry(module: string): AsyncDisposable & { url: string } {
  const imports = new Map(Object.entries(config.imports));
  const checksum = createHash("sha256").update(module).digest("hex");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url }) => {
      const { pathname } = new URL(url);
      const [, scope, name, file = ""] = pathname.split("/");
      if (file === "meta.json") {
        const specifier = imports.get(`${scope}/${name}`) ?? "";
        const version = specifier.slice(specifier.lastIndexOf("@") + 1);
        const createdAt = "2024-01-01T00:00:00.000Z";
        return Response.json({ versions: { [version]: { createdAt } } });
      }
      if (file.endsWith("_meta.json")) {
        return Response.json({
          manifest: {
            "/mod.ts": { size: module.length, checksum: `sha256-${checksum}` },
          },
          exports: { ".": "./mod.ts", "./unicode-width": "./mod.ts" },
        });
      }
      return new Response(module, {
        headers: { "content-type": "text/typescript" },
      });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}
