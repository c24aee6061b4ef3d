/** Programs that take the place of this machine's, to meet what those do not say. */

/**
 * Writes scripts of sh(1), which find files of their own in `${0%/*}`.
 *
 * @param scripts By the name of the program that each is to be.
 * @returns Their folder, which is gone at the end of the scope, and PATH with
 * that folder ahead of the others.
 */
export async function fakePrograms(
  scripts: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { folder: string; searchPath: string }> {
  const folder = await Deno.makeTempDir({ prefix: "denovrf-fake-" });
  for (const [name, script] of Object.entries(scripts)) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${script}\n`, {
      mode: 0o755,
    });
  }
  return {
    folder,
    searchPath: `${folder}:${Deno.env.get("PATH")}`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
