/** What the hundredth VRF costs: start and list by the number of VRFs. */

import { attachTo } from "../../src/attachment.ts";
import { must, run } from "../shell.ts";
import { medianTimes } from "./measure.ts";

const NUMBERS = [10, 100, 1000];

/** Prints times for each of some numbers of interfaces, of which each is bound. */
export async function measureMany(
  name: string,
  command: readonly string[],
  cgroup2: string,
): Promise<void> {
  for (const number of NUMBERS) {
    const names = Array.from({ length: number }, (_, at) => `many${at}`);
    await makeNetdevs(names);
    const times = await medianTimes(
      new Map([["start", {
        prepare: [...command, "stop", "--all", "--purge"],
        command: [...command, "start", "--quiet", ...names],
      }]]),
    );
    const start = times.get("start") ?? NaN;
    const list = await timeOfList(command, names, cgroup2);
    console.log(
      `${name.padEnd(9)} ${`${number}`.padStart(5)} VRFs: start ${
        start.toFixed(0)
      } ms, ${
        (start / number).toFixed(2)
      } ms a VRF; list --json with a cgroup in each ${list.toFixed(0)} ms`,
    );
    await must([...command, "stop", "--all", "--purge"]);
    for (const name of names) await run(["ip", "link", "delete", name]);
  }
}

async function timeOfList(
  command: readonly string[],
  names: readonly string[],
  cgroup2: string,
): Promise<number> {
  const paths = names.map((name) => `${cgroup2}/denovrf-bench-${name}`);
  try {
    for (const [at, path] of paths.entries()) {
      Deno.mkdirSync(path);
      attachTo(names[at] ?? "", path);
    }
    const times = await medianTimes(
      new Map([["list", {
        prepare: ["true"],
        command: [...command, "list", "--json"],
      }]]),
    );
    return times.get("list") ?? NaN;
  } finally {
    for (const path of paths) await run(["rmdir", path]);
  }
}

/** Interfaces of the kind that every kernel has, in one go. */
async function makeNetdevs(names: readonly string[]): Promise<void> {
  const child = new Deno.Command("ip", {
    args: ["-batch", "-"],
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = names.map((name) => `link add ${name} type ifb\n`);
  await writer.write(new TextEncoder().encode(lines.join("")));
  await writer.close();
  await child.status;
}
