import { must, run } from "../shell.ts";

/** A command to be measured, and the one that makes its next run possible. */
export interface Subject {
  /** It may fail, where its work is done already. */
  prepare: readonly string[];
  command: readonly string[];
}

const ROUNDS = 25;

/** The median time of each, in ms, printed and returned. */
export async function medianTimes(
  what: string,
  subjects: ReadonlyMap<string, Subject>,
  rounds = ROUNDS,
): Promise<Map<string, number>> {
  const times = await medians(subjects, rounds, async (subject) => {
    await run([...subject.prepare]);
    const before = performance.now();
    await must([...subject.command]);
    return performance.now() - before;
  });
  show(what, times, "ms");
  return times;
}

/**
 * The median of what is measured of each subject. They take turns, so that
 * whatever else the machine does falls on all of them alike.
 */
export async function medians<T>(
  subjects: ReadonlyMap<string, T>,
  rounds: number,
  measure: (subject: T) => Promise<number>,
): Promise<Map<string, number>> {
  const samples = new Map(
    [...subjects.keys()].map((name) => [name, [] as number[]]),
  );
  for (let round = 0; round < rounds; round++) {
    for (const [name, subject] of subjects) {
      samples.get(name)?.push(await measure(subject));
    }
  }
  return new Map([...samples].map(([name, all]) => [name, median(all)]));
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Says on stderr, while the bench runs, what was measured. */
export function show(
  what: string,
  measures: ReadonlyMap<string, number>,
  unit: string,
): void {
  for (const [name, measure] of measures) {
    console.error(`${what}, ${name}: ${measure.toFixed(1)} ${unit}`);
  }
}
