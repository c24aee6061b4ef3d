/**
 * The build tasks. `compile` makes the standalone executable, `bundle` the
 * script form, `build` the executable or, if that is not possible, the script
 * form, and `package` Debian's packages.
 */

import {
  type Architecture,
  ARCHITECTURES,
  compile,
  DenortError,
} from "./compile.ts";
import { BuildError, deno } from "./deno.ts";
import { importFlags } from "./imports.ts";
import { makePackages } from "./package.ts";
import { PERMISSIONS } from "./permissions.ts";

const OUTPUT = "dist/denovrf";

/** Makes the script form: one file that `deno`, on PATH, runs. */
async function bundle(output: string): Promise<void> {
  const unfinished = `${output}.new`;
  await deno([
    "bundle",
    ...await importFlags(),
    "--platform=deno",
    "--output",
    unfinished,
    "main.ts",
  ]);
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
    if (!(error instanceof DenortError)) throw error;
    await bundle(OUTPUT);
    console.error(
      `${OUTPUT}: the script form, which needs "deno" on PATH, because denort ${Deno.version.deno} for the standalone executable is not available here`,
    );
  }
}

/** Does what the arguments ask for. */
async function perform([what = "build", ...words]: readonly string[]) {
  await Deno.mkdir("dist", { recursive: true });
  switch (what) {
    case "build":
      return await build();
    case "bundle":
      return await bundle(`${OUTPUT}.js`);
    case "compile": {
      const [word] = words;
      if (word === undefined) return await compile(OUTPUT);
      return await compile(`${OUTPUT}-${word}`, architecture(word));
    }
    case "package": {
      const named = words.map(architecture);
      return await makePackages(named.length > 0 ? named : ARCHITECTURES);
    }
    default:
      throw new BuildError(`Cannot do "${what}": it is no task of the build`);
  }
}

function architecture(word: string): Architecture {
  const found = ARCHITECTURES.find((name) => name === word);
  if (found !== undefined) return found;
  throw new BuildError(
    `Cannot compile for "${word}": it is none of ${ARCHITECTURES.join(", ")}`,
  );
}

try {
  await perform(Deno.args);
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
