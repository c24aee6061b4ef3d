/** A process to be timed, and the one that makes its next run possible. */
export interface Subject {
  prepare: readonly string[];
  command: readonly string[];
}

const ROUNDS = 25;

/**
 * The median time of each, in ms. They take turns, so that whatever else the
 * machine does falls on all of them alike.
 */
export async function medianTimes(
  subjects: ReadonlyMap<string, Subject>,
): Promise<Map<string, number>> {
  const times = new Map(
    [...subjects.keys()].map((name) => [name, [] as number[]]),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { prepare, command }] of subjects) {
      await runTimed(prepare);
      times.get(name)?.push(await runTimed(command));
    }
  }
  return new Map(
    [...times].map(([name, samples]) => [name, median(samples)]),
  );
}

async function runTimed([program = "", ...args]: readonly string[]) {
  const before = performance.now();
  await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return performance.now() - before;
}

export function median(samples: number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
