/** Libraries that take libbpf's place, to meet what this machine does not have. */

import { must } from "../shell.ts";

/**
 * Compiles a shared library from C.
 *
 * @returns Its path, in a folder that is gone at the end of the scope.
 */
export async function fakeLibbpf(
  source: string,
): Promise<AsyncDisposable & { path: string }> {
  const folder = await Deno.makeTempDir({ prefix: "denovrf-libbpf-" });
  const path = `${folder}/libfake.so`;
  await Deno.writeTextFile(`${folder}/fake.c`, source);
  await must([
    ...["cc", "-shared", "-fPIC", "-w", "-o", path, `${folder}/fake.c`],
    // Whatever the fake does not define is libbpf's.
    ...["-Wl,--no-as-needed", "-l:libbpf.so.1"],
  ]);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
