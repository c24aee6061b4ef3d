/** Programs that take the place of this machine's, to meet what those do not say. */

/**
 * Writes scripts of sh(1), which find files of their own in `${0%/*}`.
 *
 * @param scripts By the name of the program that each is to be.
 * @returns Their directory, which is gone at the end of the scope, and PATH with
 * that directory ahead of the others.
 */
export async function fakePrograms(
  scripts: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { directory: string; searchPath: string }> {
  const directory = await Deno.makeTempDir({ prefix: "denovrf-fake-" });
  for (const [name, script] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${directory}/${name}`, `#!/bin/sh\n${script}\n`, {
      mode: 0o755,
    });
  }
  return {
    directory,
    searchPath: `${directory}:${Deno.env.get("PATH")}`,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}
