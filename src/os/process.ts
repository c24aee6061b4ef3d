/** Turns this process into another program. */

import { LaunchError } from "../messages/errors.ts";
import { ERRNO, unlessErrno } from "./errno.ts";
import { cString } from "./ffi.ts";
import { readBytes, readText } from "./files.ts";
import { errnoMessage, lastErrno, libc } from "./libc.ts";
import { restoreSignals } from "./signals.ts";
import { printable } from "../messages/quote.ts";

const RLIMIT_NOFILE = 7;

/** `sizeof(struct rlimit)`: the soft limit, then the hard one. */
const RLIMIT_WORDS = 2;

/** What the script form's first line sets for Deno; see src/build/build.ts. */
const SHEBANG_VARIABLE = "DENO_NO_UPDATE_CHECK=denovrf\0";

/**
 * Replaces this process by a program, which execvp(3) looks for on PATH. The
 * program keeps the process ID and the open files, and nothing of denovrf is
 * left.
 *
 * What the runtime and we have changed is restored: the environment, the soft
 * limit of open files, and signals.
 *
 * @param command The last words of our own command line.
 * @param before Words to put in front of those.
 * @throws {LaunchError} If it is not executable; otherwise it does not return.
 */
export function replaceProcess(
  command: readonly string[],
  before: readonly string[] = [],
): never {
  const [program = ""] = [...before, ...command];
  const words = [...before.map(cString), ...givenWords(command.length)];
  const environment = callersEnvironment();
  // putenv(3) takes the strings themselves, which live until the end here.
  libc.clearenv();
  for (const variable of environment) libc.putenv(variable);
  restoreOpenFilesLimit();
  restoreSignals();

  const argv = new BigUint64Array(words.length + 1);
  for (const [at, word] of words.entries()) {
    argv[at] = Deno.UnsafePointer.value(Deno.UnsafePointer.of(word));
  }
  libc.execvp(words[0] ?? cString(""), argv);
  const errno = lastErrno();
  const isFound = errno !== ERRNO.ENOENT;
  throw new LaunchError(program, isFound, errnoMessage(errno));
}

/** The last words of our command line, unlike Deno.args also if not UTF-8. */
function givenWords(count: number): Uint8Array<ArrayBuffer>[] {
  const words = splitStrings(readBytes("/proc/self/cmdline"));
  return words.slice(words.length - count);
}

/**
 * The caller's environment as C strings, without what Deno has set since (seen
 * with 2.9.6).
 */
function callersEnvironment(): Uint8Array<ArrayBuffer>[] {
  const decoder = new TextDecoder();
  return splitStrings(readBytes("/proc/self/environ"))
    .filter((variable) => decoder.decode(variable) !== SHEBANG_VARIABLE);
}

/**
 * `deno run` raises the soft limit to the hard one (seen with 2.9.6; a
 * compiled program of 2.7.11 does not). The parent's is what it was, unless
 * it was set between the two.
 */
function restoreOpenFilesLimit(): void {
  if (Deno.build.standalone) return;
  const own = new BigUint64Array(RLIMIT_WORDS);
  const parent = new BigUint64Array(RLIMIT_WORDS);
  if (libc.prlimit(0, RLIMIT_NOFILE, null, own) !== 0) return;
  if (libc.prlimit(Deno.ppid, RLIMIT_NOFILE, null, parent) !== 0) return;
  const [soft = 0n] = parent;
  const [, hard = 0n] = own;
  if (soft >= hard) return;
  own[0] = soft;
  libc.prlimit(0, RLIMIT_NOFILE, own, null);
}

/** Splits a block of C strings; each keeps its NUL. */
function splitStrings(
  block: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer>[] {
  const strings: Uint8Array<ArrayBuffer>[] = [];
  let start = 0;
  while (start < block.length) {
    const end = block.indexOf(0, start);
    if (end < 0) break;
    strings.push(block.subarray(start, end + 1));
    start = end + 1;
  }
  return strings;
}

/**
 * The name of a process's command, printable, for a process can call itself
 * anything; `undefined` if the process is gone.
 */
export function commandName(pid: number): string | undefined {
  return unlessErrno(
    [ERRNO.ENOENT, ERRNO.ESRCH],
    () => printable(readText(`/proc/${pid}/comm`).trimEnd()),
  );
}
