/**
 * Debian's packages, built as a person builds them, in directories of their own.
 * They need JSR's packages, denort for this machine's architecture, and lintian.
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { packageName } from "../../src/build/package_texts.ts";
import { must, mustSh, type Result, run } from "../shell.ts";
import { makeCopy, task } from "./fixture.ts";

const { arch } = Deno.build;

const NAME = packageName(config.version, arch);

/** Makes the package in a copy. */
function build(
  copy: string,
  env: Record<string, string> = {},
  umask?: string,
): Promise<Result> {
  return task(copy, ["package", arch], env, umask);
}

const first = await makeCopy("first");

Deno.test.afterAll(async () => await first[Symbol.asyncDispose]());

const built = await build(first.path);

// Without a way to JSR, or to Deno's download host.
const hasPackages = !built.stderr.startsWith("Cannot get the packages");

const ignore = !hasPackages || built.stderr.includes("is not available here");

if (ignore) console.log(`skipped: ${built.stderr.split("\n")[0]}`);

const deb = `${first.path}/dist/${NAME}`;

Deno.test({
  name: "package makes nothing where denort is another one",
  ignore: !hasPackages,
  async fn() {
    await using copy = await makeCopy("wrong");
    const { code, stdout, stderr } = await build(copy.path, {
      [`DENORT_BIN_${arch.toUpperCase()}`]: "/bin/true",
    });
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(
      stderr,
      `Cannot make packages: denort is not of Deno ${Deno.version.deno}`,
    );
    assertEquals(await must(["ls", `${copy.path}/dist`]), "");
  },
});

Deno.test({
  name:
    "two builds in different directories, by people with different umasks, are the same bytes",
  ignore,
  async fn() {
    assertEquals([built.code, built.stdout], [0, ""]);
    await using second = await makeCopy("another/and/deeper");
    assertEquals((await build(second.path, {}, "077")).code, 0);
    const sums = await Deno.readTextFile(`${first.path}/dist/SHA256SUMS`);
    assertEquals(
      await Deno.readTextFile(`${second.path}/dist/SHA256SUMS`),
      sums,
    );
    for (const name of [`denovrf-${arch}`, NAME]) {
      assertMatch(sums, new RegExp(`^[0-9a-f]{64} {2}${name}$`, "m"));
    }
    await mustSh(
      `cd ${second.path}/dist && sha256sum --check --quiet SHA256SUMS`,
    );
  },
});

Deno.test({
  name: "lintian finds nothing to say of the package",
  ignore,
  async fn() {
    const { code, stdout } = await run(["lintian", deb]);
    assertEquals([code, stdout], [0, ""]);
  },
});

Deno.test({
  name: "the package holds what its sums say, and the version of deno.json",
  ignore,
  async fn() {
    const root = `${first.path}/root`;
    await must(["dpkg-deb", "--raw-extract", deb, root]);
    await mustSh(`cd ${root} && md5sum --check --quiet DEBIAN/md5sums`);
    const sums = await Deno.readTextFile(`${root}/DEBIAN/md5sums`);
    assertEquals(
      await mustSh(`cd ${root} && find usr -type f | LC_ALL=C sort`),
      sums.trimEnd().split("\n").map((line) => line.split("  ")[1]).sort()
        .join("\n"),
    );
    assertEquals(
      await must([`${root}/usr/bin/denovrf`, "--version"]),
      `denovrf ${config.version} (compiled, Deno ${Deno.version.deno})`,
    );
    assertStringIncludes(
      await must(["dpkg-deb", "--field", deb, "Version"]),
      config.version,
    );
  },
});

Deno.test({
  name: "the package is root's, and nobody else can write to it",
  ignore,
  async fn() {
    const listing = await must(["dpkg-deb", "--contents", deb]);
    for (const line of listing.split("\n")) {
      assertMatch(line, /^(?:d|-)rw(?:xr-xr-x|-r--r--) root\/root /);
    }
  },
});

Deno.test({
  name: "the executable asks for no later glibc than the package depends on",
  ignore,
  async fn() {
    const names = await mustSh(
      `grep -aoE 'GLIBC_2\\.[0-9]+' ${first.path}/dist/denovrf-${arch}`,
    );
    const needed = Math.max(
      ...names.split("\n").map((name) => Number(name.split(".")[1])),
    );
    const depends = await must(["dpkg-deb", "--field", deb, "Depends"]);
    const [, stated] = /libc6 \(>= 2\.(\d+)\)/.exec(depends) ?? [];
    assertEquals(needed <= Number(stated), true, `${needed} > ${stated}`);
  },
});
