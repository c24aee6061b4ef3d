/** Says on a terminal what a person waits for. */

import { tellOnLine } from "./print.ts";

/** Goes back to the begin of the line, and erases it; see console_codes(4). */
const ERASE = "\r\x1b[K";

/**
 * Does something that may take seconds, with a line on the terminal meanwhile.
 * If stderr is no terminal, the line is left out.
 *
 * @param what Such as `Restarting "ssh.service"`.
 */
export function whileSaying<T>(what: string, act: () => T): T {
  if (!Deno.stderr.isTerminal()) return act();
  tellOnLine(`${what} …`);
  try {
    return act();
  } finally {
    tellOnLine(ERASE);
  }
}
