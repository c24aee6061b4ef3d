/** The executable that guests are given: the one in dist/, if it is up to date. */

/** A form of denovrf. */
export interface Executable {
  path: string;
  /** Whether it is the script form, which runs on the `deno` on PATH. */
  needsDeno: boolean;
}

const PATH = "dist/denovrf";
const SOURCES = ["deno.json", "main.ts", "src", "units"];

/** Builds the executable unless it is newer than all that it is made of. */
export async function provideExecutable(): Promise<Executable> {
  const built = await modified(PATH);
  const changed = await Promise.all(SOURCES.map(modified));
  if (built <= Math.max(...changed)) await build();
  return { path: PATH, needsDeno: await isScript(PATH) };
}

async function build(): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "build"],
  }).spawn().status;
  if (!success) throw new Error("Cannot build denovrf");
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
