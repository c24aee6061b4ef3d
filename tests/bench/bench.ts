/**
 * The bench task: whole processes, each figure a ratio to a peer in the same
 * run on the same machine.
 *
 *   deno task bench --peer FILE [--python PROGRAM]
 *
 * FILE is a Python program that takes `start IF` and `stop IF`.
 */

import { parseArgs } from "node:util";
import { IN_OWN_NAMESPACES } from "../namespaces.ts";
import { must } from "../shell.ts";
import { medianTimes } from "./measure.ts";

const { values: { peer, python, inside } } = parseArgs({
  options: {
    peer: { type: "string" },
    python: { type: "string", default: "python3" },
    inside: { type: "boolean", default: false },
  },
});

if (inside) await measure();
else await enterNamespaces();

async function enterNamespaces(): Promise<void> {
  const [program = "", ...args] = [
    ...IN_OWN_NAMESPACES,
    ...[Deno.execPath(), "run", "-A", import.meta.filename ?? ""],
    ...[...Deno.args, "--inside"],
  ];
  const { code } = await new Deno.Command(program, { args }).spawn().status;
  Deno.exit(code);
}

async function measure(): Promise<void> {
  await must(["ip", "link", "add", "bench0", "type", "veth"]);
  const programs = await programsHere();
  for (const action of ["start", "stop"]) {
    const other = action === "start" ? "stop" : "start";
    const times = await medianTimes(
      new Map([...programs].map(([name, command]) => [name, {
        prepare: [...command, other, "bench0"],
        command: [...command, action, "bench0"],
      }])),
    );
    const reference = times.get("python");
    for (const [name, time] of times) {
      const ratio = reference === undefined
        ? ""
        : `  ${(time / reference).toFixed(2)} of the Python program`;
      console.log(
        `${action.padEnd(6)} ${name.padEnd(9)} ${time.toFixed(1)} ms${ratio}`,
      );
    }
  }
}

/** The programs that can be run here, by the names under which they are shown. */
async function programsHere(): Promise<Map<string, string[]>> {
  const programs = new Map<string, string[]>();
  if (peer !== undefined) programs.set("python", [python, peer]);
  for (const path of ["dist/denovrf", "dist/denovrf.js"]) {
    try {
      const version = await must([path, "--version"]);
      const form = /\((compiled|script)/.exec(version)?.[1];
      if (form !== undefined) programs.set(form, [path]);
      console.log(version);
    } catch {
      console.log(`${path} is not there, or does not run`);
    }
  }
  return programs;
}
