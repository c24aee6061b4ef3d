/**
 * The build tasks. `compile` makes the standalone executable and `package`
 * Debian's packages, both of JSR's packages alone. `bundle` makes the script
 * form, and `build` the executable or, if that is not possible, the script form;
 * where JSR is unreachable, of stand-ins.
 */

import {
  type Architecture,
  ARCHITECTURES,
  compile,
  DenortError,
} from "./compile.ts";
import { BuildError, deno } from "./deno.ts";
import { assertPackages, programFlags } from "./imports.ts";

const OUTPUT = "dist/denovrf";

/** Makes the script form: one file that `deno`, on PATH, runs. */
async function bundle(
  output: string,
  imports: readonly string[],
): Promise<void> {
  const unfinished = `${output}.new`;
  await deno([
    "bundle",
    ...imports,
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
    "deno run --quiet --no-config --no-lock --no-remote --no-npm --allow-all",
  ].join(" ");
  const script = await Deno.readTextFile(unfinished);
  await Deno.writeTextFile(unfinished, `${shebang}\n${script}`);
  await Deno.chmod(unfinished, 0o755);
  await Deno.rename(unfinished, output);
}

async function build(): Promise<void> {
  const imports = await programFlags();
  try {
    await compile(OUTPUT, Deno.build.arch, imports);
    console.error(`${OUTPUT}: the standalone executable`);
  } catch (error) {
    if (!(error instanceof DenortError)) throw error;
    await bundle(OUTPUT, imports);
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
      return await bundle(`${OUTPUT}.js`, await programFlags());
    case "compile": {
      const [word] = words;
      const made = word === undefined ? Deno.build.arch : architecture(word);
      await assertPackages();
      return await compile(
        word === undefined ? OUTPUT : `${OUTPUT}-${word}`,
        made,
      );
    }
    case "package": {
      const named = words.map(architecture);
      await assertPackages();
      // It has parts of the program in it, which import packages.
      const { makePackages } = await import("./package.ts");
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
