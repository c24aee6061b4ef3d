/** What a process uses, by the executable that usage.c makes. */

import type { Subject } from "./measure.ts";
import { must, run } from "../shell.ts";

export interface Usage {
  /** The most that it had resident at a time. */
  mebibytes: number;
  /** CPU time. */
  milliseconds: number;
}

/**
 * Runs a subject, and measures its command.
 *
 * @param usage The path of the executable.
 * @param runCommand Runs it somewhere else than here.
 */
export async function usageOf(
  usage: string,
  { prepare, command }: Subject,
  runCommand: (command: readonly string[]) => Promise<string> = (command) =>
    must([...command]),
): Promise<Usage> {
  await run([...prepare]);
  const [kib, microseconds] = (await runCommand([usage, ...command]))
    .split(" ").map(Number);
  return {
    mebibytes: (kib ?? NaN) / 1024,
    milliseconds: (microseconds ?? NaN) / 1000,
  };
}
