/** Where a connection gets to, as whoever answers it says. */

import { run } from "../shell.ts";
import { makeOutside, PEER_ADDRESS, until, type Vrf } from "./guest.ts";

export const DAEMON = ["/usr/bin/python3", "/payload/tests/system/daemon.py"];

const PORT = "7000";

/** Where somebody answers, in each VRF and outside of them. */
export const EVERYWHERE = `${PEER_ADDRESS}:${PORT}`;

/** Prints the name of the VRF that it gets to {@linkcode EVERYWHERE} by, or "outside". */
export const ASK = [...DAEMON, "ask", PEER_ADDRESS, PORT];

/** Has the peers of VRFs, and one outside of them, answer at their one address. */
export async function answerEverywhere(
  ...vrfs: Vrf[]
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const outside = stack.use(await makeOutside());
  for (const { name, peer } of [outside, ...vrfs]) {
    const [program = "", ...args] = [
      ...atPeer(peer),
      ...[...DAEMON, "serve", PORT, name],
    ];
    const child = new Deno.Command(program, { args }).spawn();
    stack.defer(async () => {
      child.kill("SIGKILL");
      await child.status;
    });
    await until(
      `${name} answers`,
      async () => (await run([...atPeer(peer), ...ASK])).stdout === name,
    );
  }
  return stack.move();
}

/** What goes in front of a command that a VRF's peer is to run. */
export function atPeer(peer: string): string[] {
  return ["ip", "netns", "exec", peer];
}
