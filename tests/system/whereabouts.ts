/** Where a connection gets to, as whoever answers it says. */

import { must, mustSh, run } from "../shell.ts";
import { OUR_ADDRESS, PEER_ADDRESS, until, type Vrf } from "./guest.ts";

export const DAEMON = ["/usr/bin/python3", "/payload/tests/system/daemon.py"];
const PORT = "7000";

/** Where somebody answers, in each VRF and outside of them. */
export const EVERYWHERE = `${PEER_ADDRESS}:${PORT}`;

/** Prints the name of the VRF that it gets to {@linkcode EVERYWHERE} by, or "outside". */
export const ASK = [...DAEMON, "ask", PEER_ADDRESS, PORT];

/** A device of the default VRF that has our address in VRFs, and their peers'. */
export async function outside(): Promise<AsyncDisposable> {
  await mustSh(`
ip link add outside up type dummy
ip address add ${OUR_ADDRESS}/32 dev outside
ip address add ${PEER_ADDRESS}/32 dev outside`);
  return {
    async [Symbol.asyncDispose]() {
      await must(["ip", "link", "delete", "outside"]);
    },
  };
}

/** Has somebody answer in VRFs and outside of them, all at the same address. */
export async function answerEverywhere(
  ...vrfs: Vrf[]
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  stack.use(await outside());
  const places: [word: string, behind: string[]][] = [
    ["outside", []],
    ...vrfs.map(({ name, peer }): [string, string[]] => [name, atPeer(peer)]),
  ];
  for (const [word, behind] of places) {
    const [program = "", ...args] = [...behind, ...DAEMON, "serve", PORT, word];
    const child = new Deno.Command(program, { args }).spawn();
    stack.defer(async () => {
      child.kill("SIGKILL");
      await child.status;
    });
    await until(
      `${word} answers`,
      async () => (await run([...behind, ...ASK])).stdout === word,
    );
  }
  return stack.move();
}

/** What goes in front of a command that a VRF's peer is to run. */
export function atPeer(peer: string): string[] {
  return ["ip", "netns", "exec", peer];
}
