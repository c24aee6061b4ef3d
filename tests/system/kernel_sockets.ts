/** Which sockets this kernel has: 7.2 of Debian has no DCCP, UDP-Lite and SMC. */

import { must } from "../shell.ts";

/** Family, type and protocol, by the names of ways in tests/sockets/escape.py. */
const SOCKETS: Readonly<Record<string, readonly number[]>> = {
  "af_smc": [43, 1, 0],
  "sctp": [2, 5, 132],
  "dccp": [2, 6, 33],
  "l2tp": [2, 2, 115],
  "dissolved_udplite": [2, 2, 136],
};

const TRY = `
import json, socket, sys
def exists(arguments):
    try: socket.socket(*arguments).close()
    except OSError: return False
    return True
print("\\n".join(name for name, of in json.loads(sys.argv[1]).items() if exists(of)))`;

/** The names of those that can be created here. */
export async function kernelSockets(): Promise<string[]> {
  const printed = await must([
    ...["python3", "-c", TRY, JSON.stringify(SOCKETS)],
  ]);
  return printed.split("\n").filter((name) => name !== "");
}
