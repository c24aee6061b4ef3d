/**
 * The build tasks. `compile` makes the standalone executable, `bundle` the
 * script form, and `build` the executable where it can be had and the script
 * form where not.
 */

import { importFlags } from "./imports.ts";
import { PERMISSIONS } from "./permissions.ts";

const TARGETS: Readonly<Record<string, string>> = {
  "x86_64": "x86_64-unknown-linux-gnu",
  "aarch64": "aarch64-unknown-linux-gnu",
};

const OUTPUT = "dist/denovrf";

/** A build step that failed, in Deno's words. */
class BuildError extends Error {}

/**
 * Makes the standalone executable. It holds a module for each command and for
 * what commands share, not one for each file: of those, half of the time went
 * into loading them.
 */
async function compile(output: string, target?: string): Promise<void> {
  const unchecked = `${output}.new`;
  const modules = `${output}.modules`;
  await deno(
    "bundle",
    ...await importFlags(),
    "--platform=deno",
    "--code-splitting",
    "--outdir",
    modules,
    "main.ts",
  );
  await deno(
    "compile",
    "--no-config",
    "--no-check",
    ...PERMISSIONS,
    // The cache would be a file of a known name in /tmp, which anyone could
    // put there before root runs what it holds (seen with 2.7.11).
    "--no-code-cache",
    ...target === undefined ? [] : ["--target", target],
    "--include",
    modules,
    "--output",
    unchecked,
    `${modules}/main.js`,
  );
  await Deno.remove(modules, { recursive: true });
  if (target === undefined) await assertRuns(unchecked);
  await Deno.rename(unchecked, output);
}

/** A denort of another version makes an executable that does not start. */
async function assertRuns(executable: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(
    await Deno.realPath(executable),
    { args: ["--version"] },
  ).output();
  if (success) return;
  await Deno.remove(executable);
  throw new BuildError(
    `denort is not of Deno ${Deno.version.deno}: ${
      new TextDecoder().decode(stderr).trim()
    }`,
  );
}

/** Makes the script form: one file that `deno`, on PATH, runs. */
async function bundle(output: string): Promise<void> {
  const unfinished = `${output}.new`;
  await deno(
    "bundle",
    ...await importFlags(),
    "--platform=deno",
    "--output",
    unfinished,
    "main.ts",
  );
  const shebang = [
    "#!/usr/bin/env -S",
    // Nothing that runs on a router calls home. By its value, exec knows that
    // the caller has not set it; see src/os/process.ts.
    "DENO_NO_UPDATE_CHECK=denovrf",
    "deno run --quiet --no-config --no-lock --no-remote --no-npm",
    ...PERMISSIONS,
  ].join(" ");
  const script = await Deno.readTextFile(unfinished);
  await Deno.writeTextFile(unfinished, `${shebang}\n${script}`);
  await Deno.chmod(unfinished, 0o755);
  await Deno.rename(unfinished, output);
}

async function build(): Promise<void> {
  try {
    await compile(OUTPUT);
    console.error(`${OUTPUT}: the standalone executable`);
  } catch (error) {
    if (!(error instanceof BuildError) || !/denort/i.test(error.message)) {
      throw error;
    }
    await bundle(OUTPUT);
    console.error(
      `${OUTPUT}: the script form, which needs "deno" on PATH, because denort ${Deno.version.deno} for the standalone executable cannot be had here`,
    );
  }
}

async function deno(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: {
      NO_COLOR: "1",
      // `deno bundle` fetches esbuild; behind a proxy that looks into TLS, only
      // the system knows whom to trust.
      DENO_TLS_CA_STORE: Deno.env.get("DENO_TLS_CA_STORE") ?? "mozilla,system",
    },
    stdout: "null",
  }).output();
  if (success) return;
  throw new BuildError(new TextDecoder().decode(stderr).trim());
}

/** Does what the arguments ask for. */
async function perform([what = "build", arch]: readonly string[]) {
  await Deno.mkdir("dist", { recursive: true });
  if (what === "build") return await build();
  if (what === "bundle") return await bundle(`${OUTPUT}.js`);
  if (what !== "compile") {
    throw new BuildError(`Cannot do "${what}": it is no task of the build`);
  }
  if (arch === undefined) return await compile(OUTPUT);
  if (!Object.hasOwn(TARGETS, arch)) {
    throw new BuildError(
      `Cannot compile for "${arch}": it is none of ${
        Object.keys(TARGETS).join(", ")
      }`,
    );
  }
  await compile(`${OUTPUT}-${arch}`, TARGETS[arch]);
}

try {
  await perform(Deno.args);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
