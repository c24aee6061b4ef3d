/** What the thousandth VRF costs: commands by the number of VRFs. */

import type { Figure } from "./figures.ts";
import { medianTimes } from "./measure.ts";
import type { Program } from "./programs.ts";
import { Cgroup } from "../kernel/fixture.ts";
import { must } from "../shell.ts";

const NUMBERS = [10, 100, 1000];

const ROUNDS = 9;

/** The most that a VRF more is to take, in ms. */
const VRF_MORE_MS = 1;

/**
 * Times start, list and verify with many interfaces that are bound, beside one.
 * In the cgroup of each is a process with a socket.
 *
 * @param holder A program that has a socket until it is killed.
 */
export async function measureMany(
  form: Program,
  holder: readonly string[],
): Promise<Figure[]> {
  const one = await timesWith(1, form, holder);
  const figures: Figure[] = [];
  for (const number of NUMBERS) {
    const times = await timesWith(number, form, holder);
    for (const [what, time] of times) {
      const ofOne = one.get(what) ?? NaN;
      figures.push({
        what: `${what} of ${number} VRFs`,
        way: form.name,
        ratio: time / ofOne,
        to: `${what} of one`,
        ...what === "start"
          ? { atMost: (ofOne + (number - 1) * VRF_MORE_MS) / ofOne }
          : {},
      });
    }
  }
  return figures;
}

async function timesWith(
  number: number,
  { name, command }: Program,
  holder: readonly string[],
): Promise<Map<string, number>> {
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
    stack.use(holdSocket(cgroup, holder));
  }
  const others = await medianTimes(
    `${name}, bound interfaces with a process in each: ${number}`,
    new Map(["list", "verify"].map((verb) => [verb, {
      prepare: ["true"],
      command: [...command, verb, "--json"],
    }])),
    ROUNDS,
  );
  return new Map([...starts, ...others]);
}

/** A process with a socket in a cgroup. */
function holdSocket(
  { path }: Cgroup,
  holder: readonly string[],
): AsyncDisposable {
  const script = 'echo 0 > "$0/cgroup.procs"; exec "$@"';
  const process = new Deno.Command("sh", {
    args: ["-ec", script, path, ...holder],
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
    },
  };
}

/** Runs many commands of ip(8) in one process. */
export async function ipBatch(lines: readonly string[]): Promise<void> {
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
