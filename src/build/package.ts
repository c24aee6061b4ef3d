/** The package task: Debian's packages, with nothing but dpkg-deb. */

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import config from "../../deno.json" with { type: "json" };
import { SCRIPTS } from "../cli/completion.ts";
import { manual } from "../cli/man.ts";
import { installedFiles, PACKAGED } from "../install/units.ts";
import { type Architecture, compile, DenortError } from "./compile.ts";
import { BuildError } from "./deno.ts";
import {
  changelog,
  control,
  packageName,
  type PackageSource,
  sumsText,
} from "./package_texts.ts";
import { setTimes, sourceDate } from "./source_date.ts";

/** What goes into the package as it stands there. */
const DIRECTORY = "src/build/debian";

/** What dpkg runs; see the maintainer scripts of deb-postinst(5). */
const SCRIPTS_OF_DPKG: readonly string[] = ["postinst", "prerm", "postrm"];

/**
 * 97 MB become 30 in 7 s; at level 6 they become 26 in 50 s. Zstandard takes 4 s
 * for 32 MB, and Debian's lintian takes such a package for malformed.
 */
const COMPRESSION: readonly string[] = ["-Zxz", "-z1"];

const EXECUTABLE = "/usr/bin/denovrf";

/**
 * Makes the packages for some architectures, their executables, and SHA256SUMS
 * of all these; nothing at all if one of them is missing.
 */
export async function makePackages(
  architectures: readonly Architecture[],
): Promise<void> {
  // The modes of files and directories are in the package.
  Deno.umask(0o022);
  const source = { version: config.version, date: await sourceDate() };
  const work = await Deno.makeTempDir({ dir: "dist", prefix: "package-" });
  try {
    for (const architecture of architectures) {
      await compileFor(architecture, `${work}/denovrf-${architecture}`);
    }
    for (const architecture of architectures) {
      await makePackage(source, architecture, work);
    }
    await moveOut(work);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function compileFor(
  architecture: Architecture,
  output: string,
): Promise<void> {
  try {
    await compile(output, architecture);
  } catch (error) {
    if (!(error instanceof DenortError)) throw error;
    throw new BuildError(
      `Cannot make packages: ${error.message}
Set DENORT_BIN_${architecture.toUpperCase()} to the path of denort ${Deno.version.deno} for ${architecture}`,
    );
  }
}

async function makePackage(
  source: PackageSource,
  architecture: Architecture,
  work: string,
): Promise<void> {
  const executable = await Deno.readFile(`${work}/denovrf-${architecture}`);
  const files = new Map([[EXECUTABLE, executable], ...await filesOf(source)]);
  const root = `${work}/root`;
  for (const [path, bytes] of files) {
    await write(`${root}${path}`, bytes, path === EXECUTABLE ? 0o755 : 0o644);
  }
  const about = new Map([
    ["control", control(source, architecture, sizeOf(files))],
    ["md5sums", sumsText(sumsOf("md5", files))],
  ]);
  for (const [name, text] of about) {
    await write(`${root}/DEBIAN/${name}`, bytesOf(text), 0o644);
  }
  for (const name of SCRIPTS_OF_DPKG) {
    const script = await Deno.readFile(`${DIRECTORY}/${name}`);
    await write(`${root}/DEBIAN/${name}`, script, 0o755);
  }
  await setTimes(root, source.date);
  await dpkgDeb(
    root,
    `${work}/${packageName(source.version, architecture)}`,
    source,
  );
  await Deno.remove(root, { recursive: true });
}

/** Every file but the executable, by where it is installed. */
async function filesOf(
  source: PackageSource,
): Promise<[path: string, bytes: Uint8Array][]> {
  const { bash = "", zsh = "", fish = "" } = SCRIPTS;
  const doc = "/usr/share/doc/denovrf";
  const copyright = await Deno.readTextFile(`${DIRECTORY}/copyright`);
  const license = await Deno.readTextFile("LICENSE");
  return [
    ...installedFiles(EXECUTABLE, PACKAGED)
      .map(({ path, text }): [string, Uint8Array] => [path, bytesOf(text)]),
    ["/usr/share/man/man8/denovrf.8.gz", gzip(manual(source.date))],
    ["/usr/share/bash-completion/completions/denovrf", bytesOf(`${bash}\n`)],
    ["/usr/share/zsh/vendor-completions/_denovrf", bytesOf(`${zsh}\n`)],
    [
      "/usr/share/fish/vendor_completions.d/denovrf.fish",
      bytesOf(`${fish}\n`),
    ],
    [`${doc}/changelog.gz`, gzip(changelog(source))],
    [`${doc}/copyright`, bytesOf(copyright + license)],
    [
      "/usr/share/lintian/overrides/denovrf",
      await Deno.readFile(`${DIRECTORY}/lintian-overrides`),
    ],
  ];
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** As `gzip -9n` does it: neither a name nor a time is in there. */
function gzip(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

function sizeOf(files: ReadonlyMap<string, Uint8Array>): number {
  return [...files.values()].reduce((sum, { length }) => sum + length, 0);
}

/** Sums of files, by their paths without a "/" at the start. */
function sumsOf(
  algorithm: string,
  files: ReadonlyMap<string, Uint8Array>,
): Map<string, string> {
  return new Map([...files].map(([path, bytes]) => [
    path.replace(/^\//, ""),
    createHash(algorithm).update(bytes).digest("hex"),
  ]));
}

async function write(
  path: string,
  bytes: Uint8Array,
  mode: number,
): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeFile(path, bytes, { mode });
}

async function dpkgDeb(
  root: string,
  output: string,
  { date }: PackageSource,
): Promise<void> {
  const { success, stderr } = await new Deno.Command("dpkg-deb", {
    args: ["--root-owner-group", ...COMPRESSION, "--build", root, output],
    env: { SOURCE_DATE_EPOCH: `${date.getTime() / 1000}` },
    stdout: "null",
  }).output();
  if (success) return;
  throw new BuildError(new TextDecoder().decode(stderr).trim());
}

/** Puts what was made where it belongs, and its sums beside it. */
async function moveOut(work: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(work)))
    .map(({ name }) => name).sort();
  const made = new Map<string, Uint8Array>();
  for (const name of names) {
    made.set(name, await Deno.readFile(`${work}/${name}`));
  }
  for (const name of names) {
    await Deno.rename(`${work}/${name}`, `dist/${name}`);
  }
  await Deno.writeTextFile("dist/SHA256SUMS", sumsText(sumsOf("sha256", made)));
  for (const name of [...names, "SHA256SUMS"]) console.error(`dist/${name}`);
}
