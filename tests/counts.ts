/** How many tests passed and failed, read from what `deno test` prints. */

/** The outcome of a kind of tests. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Reads the closing line of `deno test`: `ok | 3 passed | 0 failed | 1 ignored`.
 *
 * @param success Whether it exited with 0; where not, something failed even if
 * no closing line says so.
 */
export function countsIn(output: string, success: boolean): Counts {
  const closing =
    /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| (\d+) ignored)?/m
      .exec(output);
  const counts = {
    passed: Number(closing?.[1] ?? 0),
    failed: Number(closing?.[2] ?? 0),
    skipped: Number(closing?.[3] ?? 0),
  };
  if (!success && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** The sum of several. */
export function sum(all: readonly Counts[]): Counts {
  return all.reduce((total, counts) => ({
    passed: total.passed + counts.passed,
    failed: total.failed + counts.failed,
    skipped: total.skipped + counts.skipped,
  }), { passed: 0, failed: 0, skipped: 0 });
}
