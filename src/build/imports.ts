/**
 * What the project imports of JSR, and what stands in for it where JSR is
 * unreachable: in tests, and in what is built to try it, never in a package.
 *
 * No lock file of Deno's does this work. It locks the metadata of a package, and
 * with it every byte of its sources; here, what counts is the code that gets
 * into the program, which is the same whatever its comments say.
 */

import { createHash } from "node:crypto";
import { BuildError, deno } from "./deno.ts";
import lock from "./lock.json" with { type: "json" };

const STAND_INS = "src/build/stand_ins/import_map.json";

let flags: Promise<readonly string[]> | undefined;

/**
 * The flags by which Deno's subcommands find what the tests import: none where
 * JSR, or what was fetched from it before, is at hand.
 */
export function importFlags(): Promise<readonly string[]> {
  flags ??= findImports();
  return flags;
}

async function findImports(): Promise<readonly string[]> {
  if (await whyNoPackages() === undefined) return [];
  console.error(
    "JSR is unreachable: the stand-ins for @std/cli and @std/assert take its place",
  );
  return ["--import-map", STAND_INS];
}

/**
 * The same for a program to try.
 *
 * @throws {BuildError} If the code of JSR's packages is not what was locked.
 */
export async function programFlags(): Promise<readonly string[]> {
  const flags = await importFlags();
  if (flags.length === 0) await assertLocked();
  return flags;
}

/**
 * Refuses to build without JSR's packages, and with others than were locked.
 *
 * @throws {BuildError}
 */
export async function assertPackages(): Promise<void> {
  const reason = await whyNoPackages();
  if (reason !== undefined) {
    throw new BuildError(
      `Cannot get the packages that denovrf is made of: ${reason}
Give Deno access to JSR, or set DENO_DIR to a directory with what it has fetched. To try denovrf with stand-ins for them: deno task build`,
    );
  }
  await assertLocked();
}

/** Why Deno does not find the packages; `undefined` if it does. */
async function whyNoPackages(): Promise<string | undefined> {
  try {
    await deno([
      "eval",
      'import "@std/assert"; import "@std/cli/unicode-width";',
    ]);
    return undefined;
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return /^error: (.*)$/m.exec(error.message)?.[1] ?? error.message;
  }
}

async function assertLocked(): Promise<void> {
  for (const [specifier, locked] of Object.entries(lock)) {
    const code = await deno(["bundle", "--platform=deno", specifier]);
    const sum = createHash("sha256").update(code).digest("hex");
    if (sum === locked) continue;
    throw new BuildError(
      `Cannot use "${specifier}": its code is not what src/build/lock.json says
If that is meant, and you have read it, put this sum there: ${sum}`,
    );
  }
}
