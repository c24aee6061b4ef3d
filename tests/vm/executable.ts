/**
 * What guests are given of denovrf: the executable and the package in dist/, if
 * they are up to date.
 */

import config from "../../deno.json" with { type: "json" };
import type { Architecture } from "../../src/build/compile.ts";
import { packageName } from "../../src/build/package_texts.ts";

/** What a guest is given. */
export interface Executable {
  path: string;
  /** Whether it is the script form, which runs on the `deno` on PATH. */
  needsDeno: boolean;
  /** Debian's package; `undefined` if it is not available. */
  package: string | undefined;
  /** What runs the tests. */
  deno: string;
}

/** The script form, which gets a smoke run beside it. */
export const SCRIPT_FORM = "dist/denovrf.js";

const SOURCES = ["deno.json", "main.ts", "src", "units", "LICENSE"];

/** Builds what is not newer than all that it is made of. */
export async function provideExecutable(
  architecture = Deno.build.arch,
): Promise<Executable> {
  const isOwn = architecture === Deno.build.arch;
  const path = isOwn ? "dist/denovrf" : `dist/denovrf-${architecture}`;
  const name = `dist/${packageName(config.version, architecture)}`;
  const changed = Math.max(...await Promise.all(SOURCES.map(modified)));
  if (await modified(path) <= changed) {
    await mustTask(...isOwn ? ["build"] : ["compile", architecture]);
  }
  if (await modified(SCRIPT_FORM) <= changed) await mustTask("bundle");
  const hasPackage = await modified(name) > changed ||
    await task("package", architecture);
  return {
    path,
    needsDeno: await isScript(path),
    package: hasPackage ? name : undefined,
    deno: isOwn ? Deno.execPath() : denoOf(architecture),
  };
}

/** A Deno for another architecture. */
function denoOf(architecture: Architecture): string {
  const variable = `DENO_BIN_${architecture.toUpperCase()}`;
  const path = Deno.env.get(variable);
  if (path !== undefined) return path;
  throw new Error(
    `Cannot run the tests on ${architecture}: set ${variable} to the path of a Deno for that`,
  );
}

async function mustTask(...words: string[]): Promise<void> {
  if (await task(...words)) return;
  throw new Error(`Cannot ${words.join(" ")} denovrf`);
}

/** Runs a task of the build. @returns Whether it succeeded. */
async function task(...words: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...words],
  }).spawn().status;
  return success;
}

async function isScript(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const start = new Uint8Array(2);
  await file.read(start);
  return new TextDecoder().decode(start) === "#!";
}

/** When a file, or the newest file below a directory, was modified; ms, 0 for never. */
async function modified(path: string): Promise<number> {
  let info;
  try {
    info = await Deno.stat(path);
  } catch {
    return 0;
  }
  const own = info.mtime?.getTime() ?? 0;
  if (!info.isDirectory) return own;
  const times = await Array.fromAsync(
    Deno.readDir(path),
    ({ name }) => modified(`${path}/${name}`),
  );
  return Math.max(own, ...times);
}
