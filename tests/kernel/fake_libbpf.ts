/** Libraries that take libbpf's place, to meet what this machine does not have. */

import { must } from "../shell.ts";

/**
 * Compiles a shared library from C.
 *
 * @returns Its path, in a directory that is gone at the end of the scope.
 */
export async function fakeLibbpf(
  source: string,
): Promise<AsyncDisposable & { path: string }> {
  const directory = await Deno.makeTempDir({ prefix: "denovrf-libbpf-" });
  const path = `${directory}/libfake.so`;
  await Deno.writeTextFile(`${directory}/fake.c`, source);
  await must([
    ...["cc", "-shared", "-fPIC", "-w", "-o", path, `${directory}/fake.c`],
    // Whatever the fake does not define is libbpf's.
    ...["-Wl,--no-as-needed", "-l:libbpf.so.1"],
  ]);
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(directory, { recursive: true }),
  };
}

/**
 * The source of a library that refuses each program that calls a helper.
 *
 * @param errno Its name.
 * @param log What the verifier says of it, as a C string has it.
 */
export function refusing(helper: number, errno: string, log: string): string {
  return `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <errno.h>
int bpf_prog_load(unsigned type, const char *name, const char *license,
    const unsigned char *insns, unsigned long count, char *options) {
  static int (*load)();
  if (!load) load = dlsym(RTLD_NEXT, "bpf_prog_load");
  for (unsigned long at = 0; at < count; at++) {
    if (insns[8 * at] != 0x85 || insns[8 * at + 4] != ${helper}) continue;
    char *log = *(char **)(options + 96);
    if (log) strcpy(log, "${log}");
    return -${errno};
  }
  return load(type, name, license, insns, count, options);
}`;
}

/**
 * The source of a library that attaches no program of an attach type, as
 * architectures that cannot do it.
 */
export function notAttaching(attachType: number): string {
  return `
#define _GNU_SOURCE
#include <dlfcn.h>
int bpf_prog_attach(int program, int target, unsigned type, unsigned flags) {
  static int (*attach)();
  if (!attach) attach = dlsym(RTLD_NEXT, "bpf_prog_attach");
  return type == ${attachType} ? -524 : attach(program, target, type, flags);
}`;
}
