/** A copy of the sources to build, in a directory of its own. */

import { must, type Result, run } from "../shell.ts";

/** What a build is made of. */
const SOURCES = ["deno.json", "main.ts", "LICENSE", "src", "units"];

/** A copy of the sources, whose files have times of their own. */
export async function makeCopy(
  path: string,
): Promise<AsyncDisposable & { path: string }> {
  const directory = await Deno.makeTempDir({ prefix: "denovrf-build-" });
  const copy = `${directory}/${path}`;
  await must(["mkdir", "-p", copy]);
  await must(["cp", "-r", ...SOURCES, copy]);
  return {
    path: copy,
    async [Symbol.asyncDispose]() {
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Runs a task in a copy. */
export function task(
  copy: string,
  words: readonly string[],
  env: Record<string, string> = {},
  umask = "022",
): Promise<Result> {
  const script = `umask ${umask} && cd "$0" && exec "$@"`;
  const task = [Deno.execPath(), "task", "--quiet", ...words];
  return run(["sh", "-c", script, copy, ...task], {
    env: { SOURCE_DATE_EPOCH: "1700000000", NO_COLOR: "1", ...env },
  });
}
