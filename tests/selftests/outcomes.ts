/** How the kernel's selftests ended. */

/** How one of them ended with one of the two tools. */
export interface Outcome {
  readonly who: string;
  readonly test: string;
  readonly status: number;
  /** How many of its checks have passed, and how many have failed. */
  readonly passed: number;
  readonly failed: number;
}

const LINE = /^selftest: (\S+) (\S+) (\d+) (\d+) (\d+)$/gm;

/** The outcomes among the lines that guest.sh prints. */
export function outcomesIn(output: string): Outcome[] {
  return [...output.matchAll(LINE)].map((
    [, who = "", test = "", status, passed, failed],
  ) => ({
    ...{ who, test, status: Number(status) },
    ...{ passed: Number(passed), failed: Number(failed) },
  }));
}

/** What of the tests is worse with denovrf than with iproute2, or unknown. */
export function problems(
  outcomes: readonly Outcome[],
  tests: readonly string[],
): string[] {
  return tests.flatMap((test) => {
    const of = (who: string) =>
      outcomes.find((each) => each.who === who && each.test === test);
    const [theirs, ours] = [of("iproute2"), of("denovrf")];
    if (theirs === undefined || ours === undefined) {
      return [`${test}: it did not come to an end`];
    }
    if (theirs.passed === 0) return [`${test}: iproute2 passes none of it`];
    const isAlike = ours.passed >= theirs.passed &&
      ours.failed <= theirs.failed &&
      (theirs.status !== 0 || ours.status === 0);
    return isAlike ? [] : [
      `${test}: ${theirs.passed} checks pass with iproute2, ${ours.passed} with denovrf`,
    ];
  });
}
