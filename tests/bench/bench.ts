/**
 * The bench task: whole processes, each figure a ratio to a peer in the same
 * run on the same machine.
 *
 *   deno task bench --peer FILE [--python PROGRAM]
 *
 * FILE is a Python program that takes `start IF` and `stop IF`.
 */

import { parseArgs } from "node:util";
import { findCgroup2Mount } from "../../src/cgroup/mountinfo.ts";
import { IN_OWN_NAMESPACES } from "../namespaces.ts";
import { must, run } from "../shell.ts";
import { measureMany } from "./many.ts";
import { measureSockets } from "./sockets.ts";
import { medianTimes, type Subject } from "./measure.ts";

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
  const isVrf = await makeInterface();
  const programs = await programsHere();
  for (const action of ["start", "stop"]) {
    const other = action === "start" ? "stop" : "start";
    const subjects = [...programs].map(([name, command]) =>
      [name, {
        prepare: [...command, other, "bench0"],
        command: [...command, action, "bench0"],
      }] as const
    );
    show(action, "python", await medianTimes(new Map(subjects)));
  }

  const execs = new Map<string, Subject>();
  if (isVrf) execs.set("ip", subject(["ip", "vrf", "exec", "bench0", "true"]));
  else console.log("no ip vrf exec to compare with: this kernel has no VRFs");
  for (const [name, command] of programs) {
    if (name === "python") continue;
    execs.set(name, subject([...command, "exec", "bench0", "true"]));
    execs.set(`${name} start`, subject([...command, "start", "bench0"]));
  }
  show("exec", "ip", await medianTimes(execs));

  await measureSockets(await cgroup2Mount());
  await must(["ip", "link", "delete", "bench0"]);
  for (const [name, command] of programs) {
    if (name === "python") continue;
    await measureMany(name, command, await cgroup2Mount());
  }
}

async function cgroup2Mount(): Promise<string> {
  const mountinfo = await Deno.readTextFile("/proc/self/mountinfo");
  const mount = findCgroup2Mount(mountinfo);
  if (mount === undefined) throw new Error("no cgroup2 is mounted");
  return mount.mountPoint;
}

/** @returns Whether it is a VRF, which not every kernel has. */
async function makeInterface(): Promise<boolean> {
  const add = ["ip", "link", "add", "bench0", "type"];
  const { code } = await run([...add, "vrf", "table", "10"]);
  if (code !== 0) await must([...add, "veth"]);
  return code === 0;
}

function subject(command: string[]): Subject {
  return { prepare: ["true"], command };
}

/** Prints times, each beside its ratio to the reference, if that ran. */
function show(
  action: string,
  reference: string,
  times: ReadonlyMap<string, number>,
): void {
  const unit = times.get(reference);
  for (const [name, time] of times) {
    const ratio = unit === undefined
      ? ""
      : `  ${(time / unit).toFixed(2)} of ${reference}`;
    console.log(
      `${action.padEnd(6)} ${name.padEnd(14)} ${time.toFixed(1)} ms${ratio}`,
    );
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
