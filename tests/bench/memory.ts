/** What commands have resident while they run, and that nothing is afterwards. */

import { type Figure, inProportion } from "./figures.ts";
import { medians, show, type Subject } from "./measure.ts";
import { PEER, type Program } from "./programs.ts";
import { usageOf } from "./usage.ts";
import { Cgroup } from "../kernel/fixture.ts";

const ROUNDS = 5;

/** How long whatever a command has started may take to end. */
const LIMIT_MS = 5_000;

/**
 * Measures the peak of each command beside that of the Python program's start,
 * if there is one.
 *
 * @param usage The executable that usage.c makes.
 * @throws {Error} If a command leaves a process behind.
 */
export async function measureMemory(
  usage: string,
  forms: readonly Program[],
  peer: Program | undefined,
  ifname: string,
): Promise<Figure[]> {
  const start = ({ command }: Program) => [...command, "start", ifname];
  const stop = ({ command }: Program) => [...command, "stop", ifname];
  const subjects: Record<string, (program: Program) => Subject> = {
    start: (form) => ({ prepare: stop(form), command: start(form) }),
    stop: (form) => ({ prepare: start(form), command: stop(form) }),
    list: (form) => ({
      prepare: start(form),
      command: [...form.command, "list"],
    }),
    exec: (form) => ({
      prepare: start(form),
      command: [...form.command, "exec", ifname, "true"],
    }),
  };
  const figures: Figure[] = [];
  for (const [name, subject] of Object.entries(subjects)) {
    const ways = new Map(forms.map((form) => [form.name, subject(form)]));
    if (peer !== undefined) {
      ways.set(PEER, { prepare: stop(peer), command: start(peer) });
    }
    const peaks = await medians(ways, ROUNDS, (way) => peakOf(usage, way));
    const what = `peak memory of ${name}`;
    show(what, peaks, "MiB");
    figures.push(...inProportion(what, peaks, PEER, `${PEER}'s start`));
  }
  return figures;
}

/** The most that a command has resident at a time, in MiB. */
async function peakOf(usage: string, subject: Subject): Promise<number> {
  await using cgroup = Cgroup.make();
  const { mebibytes } = await usageOf(
    usage,
    subject,
    (command) => cgroup.run(command),
  );
  await untilEmpty(cgroup.path, subject.command);
  return mebibytes;
}

async function untilEmpty(
  path: string,
  command: readonly string[],
): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (
    /^populated 1$/m.test(await Deno.readTextFile(`${path}/cgroup.events`))
  ) {
    if (performance.now() > end) {
      throw new Error(`${command.join(" ")} leaves a process behind`);
    }
    await new Promise((wake) => setTimeout(wake, 10));
  }
}
