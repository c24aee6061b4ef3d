/** Makes the standalone executable, for this architecture or another one. */

import { Buffer } from "node:buffer";
import { BuildError, deno } from "./deno.ts";
import { setTimes, sourceDate } from "./source_date.ts";

/** An architecture, as Deno names it: a target begins with it. */
export type Architecture = "x86_64" | "aarch64";

export const ARCHITECTURES: readonly Architecture[] = ["x86_64", "aarch64"];

/** `e_machine` of an ELF file; see elf(5), and the kernel's uapi/linux/elf-em.h. */
const MACHINES: Readonly<Record<Architecture, number>> = {
  "x86_64": 62,
  "aarch64": 183,
};

/** Deno's runtime, which executables contain, cannot be found. */
export class DenortError extends BuildError {}

/**
 * Makes the standalone executable. It holds a module for each command and for
 * what commands share, not one for each file: of those, half of the time went
 * into loading them.
 *
 * @param imports The flags by which Deno finds what the program imports.
 * @throws {DenortError} If Deno's runtime is not available.
 */
export async function compile(
  output: string,
  architecture: Architecture,
  imports: readonly string[] = [],
): Promise<void> {
  const work = await Deno.makeTempDir({ dir: "dist", prefix: "compile-" });
  try {
    const modules = `${work}/modules`;
    await deno([
      "bundle",
      ...imports,
      "--platform=deno",
      "--code-splitting",
      "--outdir",
      modules,
      "main.ts",
    ]);
    // The executable has them, in milliseconds.
    await setTimes(modules, await sourceDate());
    await embed(modules, `${work}/denovrf`, architecture);
    await Deno.rename(`${work}/denovrf`, output);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Puts modules and Deno's runtime into one file. */
async function embed(
  modules: string,
  output: string,
  architecture: Architecture,
): Promise<void> {
  const args = [
    "compile",
    "--no-config",
    "--no-check",
    // With --allow-ffi and --allow-run, a program can do anything; /proc and
    // /sys take all of them.
    "--allow-all",
    // The cache would be a file of a known name in /tmp, which anyone could
    // put there before root runs what it contains (seen with 2.7.11).
    "--no-code-cache",
    "--target",
    `${architecture}-unknown-linux-gnu`,
    "--include",
    modules,
    "--output",
    output,
    `${modules}/main.js`,
  ];
  try {
    await deno(args, denortFor(architecture));
  } catch (cause) {
    if (!(cause instanceof BuildError) || !/denort/i.test(cause.message)) {
      throw cause;
    }
    throw new DenortError(
      `denort ${Deno.version.deno} for ${architecture} is not available here: ${cause.message}`,
      { cause },
    );
  }
  await assertIsFor(architecture, output);
  if (architecture === Deno.build.arch) await assertRuns(output);
}

/** The runtime that the environment names for an architecture, if it does. */
function denortFor(architecture: Architecture): string | undefined {
  const own = Deno.env.get(`DENORT_BIN_${architecture.toUpperCase()}`);
  // Deno's own variable says nothing of an architecture.
  return own ??
    (architecture === Deno.build.arch ? Deno.env.get("DENORT_BIN") : undefined);
}

/** Another architecture's cannot be run, so this looks at what denort was. */
async function assertIsFor(
  architecture: Architecture,
  executable: string,
): Promise<void> {
  const bytes = await Deno.readFile(executable);
  const machine = new DataView(bytes.buffer).getUint16(18, true);
  if (machine !== MACHINES[architecture]) {
    throw new DenortError(`denort is not for ${architecture}`);
  }
  // What it says of itself if it fetches something.
  if (Buffer.from(bytes.buffer).includes(`Deno/${Deno.version.deno}`)) return;
  throw new DenortError(`denort is not of Deno ${Deno.version.deno}`);
}

/** A denort of another version makes an executable that does not start. */
async function assertRuns(executable: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(
    await Deno.realPath(executable),
    { args: ["--version"] },
  ).output();
  if (success) return;
  throw new DenortError(
    `denort is not of Deno ${Deno.version.deno}: ${
      new TextDecoder().decode(stderr).trim()
    }`,
  );
}
