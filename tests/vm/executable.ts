/** The executable that guests are given: the one in dist/, if it is up to date. */

/** A form of denovrf. */
export interface Executable {
  path: string;
  /** Whether it is the script form, which runs on the `deno` on PATH. */
  needsDeno: boolean;
}

const PATH = "dist/denovrf";

/** The script form, which gets a smoke run beside it. */
export const SCRIPT_FORM = "dist/denovrf.js";

const SOURCES = ["deno.json", "main.ts", "src", "units"];

/** Builds both forms unless they are newer than all that they are made of. */
export async function provideExecutable(): Promise<Executable> {
  const changed = Math.max(...await Promise.all(SOURCES.map(modified)));
  if (await modified(PATH) <= changed) await task("build");
  if (await modified(SCRIPT_FORM) <= changed) await task("bundle");
  return { path: PATH, needsDeno: await isScript(PATH) };
}

async function task(name: string): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", name],
  }).spawn().status;
  if (!success) throw new Error(`Cannot ${name} denovrf`);
}

async function isScript(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const start = new Uint8Array(2);
  await file.read(start);
  return new TextDecoder().decode(start) === "#!";
}

/** When a file, or the newest file below a folder, was modified; ms, 0 for never. */
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
