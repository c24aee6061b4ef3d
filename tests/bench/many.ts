/** What the thousandth VRF costs: start and list by the number of VRFs. */

import type { Figure } from "./figures.ts";
import { medianTimes } from "./measure.ts";
import type { Program } from "./programs.ts";
import { Cgroup } from "../kernel/fixture.ts";
import { must } from "../shell.ts";

const NUMBERS = [10, 100, 1000];

const ROUNDS = 9;

/** The most that a VRF more is to take, in ms. */
const VRF_MORE_MS = 1;

/** Times start and list with many interfaces that are bound, beside one. */
export async function measureMany(form: Program): Promise<Figure[]> {
  const one = await timesWith(1, form);
  const figures: Figure[] = [];
  for (const number of NUMBERS) {
    const { start, list } = await timesWith(number, form);
    figures.push({
      what: `start of ${number} VRFs`,
      way: form.name,
      ratio: start / one.start,
      to: "start of one",
      atMost: (one.start + (number - 1) * VRF_MORE_MS) / one.start,
    }, {
      what: `list of ${number} VRFs`,
      way: form.name,
      ratio: list / one.list,
      to: "list of one",
    });
  }
  return figures;
}

async function timesWith(
  number: number,
  { name, command }: Program,
): Promise<{ start: number; list: number }> {
  const names = Array.from({ length: number }, (_, at) => `many${at}`);
  await using stack = new AsyncDisposableStack();
  await ipBatch(names.map((name) => `link add ${name} type ifb`));
  stack.defer(() => ipBatch(names.map((name) => `link delete ${name}`)));
  const stop = [...command, "stop", "--all", "--purge"];
  stack.defer(async () => void await must(stop));

  const starts = await medianTimes(
    `${name}, bound interfaces: ${number}`,
    new Map([["start", {
      prepare: stop,
      command: [...command, "start", "--quiet", ...names],
    }]]),
    ROUNDS,
  );
  for (const name of names) {
    const cgroup = stack.use(Cgroup.make());
    cgroup.attach(name);
  }
  const lists = await medianTimes(
    `${name}, bound interfaces with a cgroup in each: ${number}`,
    new Map([["list", {
      prepare: ["true"],
      command: [...command, "list", "--json"],
    }]]),
    ROUNDS,
  );
  return {
    start: starts.get("start") ?? NaN,
    list: lists.get("list") ?? NaN,
  };
}

/** Runs many commands of ip(8) in one process. */
async function ipBatch(lines: readonly string[]): Promise<void> {
  const child = new Deno.Command("ip", {
    args: ["-batch", "-"],
    stdin: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
  await writer.close();
  const { success } = await child.status;
  if (!success) throw new Error("ip -batch failed");
}
