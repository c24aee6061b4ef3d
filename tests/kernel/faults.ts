/** Commands of which one system call fails: strace(1) sees to it. */

import { type Result, run } from "../shell.ts";

/** A call that is to fail. */
export interface Fault {
  readonly syscall: string;
  /** Which of the calls by that name, counted from 1. */
  readonly nth: number;
  /** The errno's name. */
  readonly error: string;
}

/** What a command did of which a call has failed. */
export interface FaultyResult extends Result {
  /** The call, as strace prints it; `undefined` if it was not one of ours. */
  readonly failed: string | undefined;
}

/** What we look at first; the calls before are those of Deno as it starts. */
const FIRST = /"\/(?:sys\/fs\/bpf|etc\/systemd\/system)"/;

/**
 * Runs a command to see its calls.
 *
 * @returns The ordinals of those that are ours, by the call's name: after what
 * Deno calls as it starts, and before the command of exec.
 */
export async function ownCalls(
  command: readonly string[],
  syscalls: readonly string[],
): Promise<Map<string, number[]>> {
  const { lines } = await strace(command, syscalls);
  const isOurs = ownRange(lines);
  const counts = new Map<string, number>();
  const own = new Map<string, number[]>();
  for (const [at, line] of lines.entries()) {
    const name = line.slice(0, line.indexOf("("));
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    if (!isOurs(at)) continue;
    own.set(name, [...own.get(name) ?? [], nth]);
  }
  return own;
}

/** Runs a command of which one call fails. */
export async function runWith(
  { syscall, nth, error }: Fault,
  command: readonly string[],
): Promise<FaultyResult> {
  const { lines, result } = await strace(command, [syscall], [
    `--inject=${syscall}:error=${error}:when=${nth}`,
  ]);
  const at = lines.findIndex((line) => line.endsWith("(INJECTED)"));
  return { ...result, failed: ownRange(lines)(at) ? lines[at] : undefined };
}

/** Tells by its place whether a line is a call of ours. */
function ownRange(lines: readonly string[]): (at: number) => boolean {
  const first = lines.findIndex((line) => FIRST.test(line));
  const replaced = lines.findIndex((line, at) =>
    at > first && /^execve\(.* = 0$/.test(line)
  );
  return (at) => first >= 0 && at >= first && (replaced < 0 || at <= replaced);
}

/** Only the first thread is traced, for ours are its calls. */
async function strace(
  command: readonly string[],
  syscalls: readonly string[],
  options: readonly string[] = [],
): Promise<{ lines: string[]; result: Result }> {
  const log = await Deno.makeTempFile({ prefix: "denovrf-strace-" });
  // A "?" before a name: not every machine has it.
  const names = [...syscalls, "statfs", "openat", "execve"].map((name) =>
    `?${name}`
  );
  const result = await run([
    ...["strace", "-o", log, "--signal=none", "--quiet=all"],
    ...[`--trace=${names.join()}`, ...options],
    ...command,
  ]);
  const lines = (await Deno.readTextFile(log)).split("\n");
  await Deno.remove(log);
  return { lines, result };
}
