/**
 * Measures on this machine, as root in namespaces of its own, and prints a
 * {@linkcode Run} as JSON.
 *
 *   here.ts DIRECTORY PYTHON [PEER]
 *
 * DIRECTORY has the executables that loop.c and usage.c make, and perhaps a floor.
 */

import type { Figure, Run } from "./figures.ts";
import { measureMany } from "./many.ts";
import { measureMemory } from "./memory.ts";
import { PEER_END } from "./packets.ts";
import { measureBesidePeer, measureCommands } from "./commands.ts";
import { measureExecBesideIproute2 } from "./exec.ts";
import { floorOf, formsIn, PEER, type Program } from "./programs.ts";
import { Loop } from "./loop.ts";
import { measureSockets } from "./sockets.ts";
import { must, run } from "../shell.ts";

const [directory = "", python = "", file] = Deno.args;

const IFNAME = "bench0";

const isVrf = await makeInterface();
const { forms, versions } = await formsIn("dist");

const peer: Program | undefined = file === undefined
  ? undefined
  : { name: PEER, command: [python, file] };

const usage = `${directory}/usage`;

const processes: Figure[] = [];
for (const form of forms) {
  const floor = await floorOf(form, directory);
  processes.push(...await measureCommands(usage, form, floor, IFNAME));
}
if (peer !== undefined) {
  processes.push(...await measureBesidePeer(usage, forms, peer, IFNAME));
}
if (isVrf) {
  processes.push(...await measureExecBesideIproute2(forms, IFNAME, 25));
}
processes.push(...await measureMemory(usage, forms, peer, IFNAME));

const sockets = await measureSockets(
  new Loop(`${directory}/loop`, 20_000),
  IFNAME,
  isVrf,
);
await must(["ip", "link", "delete", IFNAME]);
for (const form of forms) {
  processes.push(...await measureMany(form, [`${directory}/loop`, "hold"]));
}

const result: Run = {
  machine: [
    `Linux ${/^[\d.]*\d/.exec(Deno.osRelease())?.[0]}`,
    ...versions,
    ...peer === undefined ? [] : [await must([python, "--version"])],
  ].join(", "),
  groups: [processes, sockets],
};
console.log(JSON.stringify(result));

/** @returns Whether it is a VRF, which not every kernel has. */
async function makeInterface(): Promise<boolean> {
  const add = ["ip", "link", "add", IFNAME, "type"];
  const { code } = await run([...add, "vrf", "table", "10"]);
  if (code !== 0) await must([...add, "veth", "peer", "name", PEER_END]);
  return code === 0;
}
