/** Which tests are run in which guests. */

import { runTests } from "./payload.ts";

/** The work of a guest. */
export interface Job {
  suite: string;
  /** Such as "bind", for tests/system/bind_test.ts, in their order. */
  topics: string[];
  /** The script of each of its boots. */
  boots: string[];
}

/**
 * Debian's releases from the first with a systemd that has BPFProgram=, and the
 * topics that a run of all of them leaves out, for a guest under TCG takes
 * minutes for each. `--suite` runs them all.
 */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  // systemd listens for sshd since trixie.
  bookworm: ["sockets"],
  trixie: [
    ...["bind", "daemons", "doctor", "exec", "hardening", "lock", "loopback"],
    "main_job",
    ...["nested", "never_outside", "package", "recipes", "run", "see"],
    ...["templates", "units", "walk"],
  ],
  forky: [
    ...["bind", "daemons", "doctor", "exec", "lock", "loopback"],
    ...["nested", "never_outside", "package", "packets", "recipes", "run"],
    ...["see", "sessions", "sockets", "templates", "units", "walk"],
  ],
};

/**
 * Topics that share a guest, for they leave it as they find it, and a boot takes
 * half a minute under TCG. Each other topic has a guest of its own.
 */
const TOGETHER: readonly (readonly string[])[] = [
  ["doctor", "main_job", "hardening"],
  ["bind", "exec", "nested", "templates", "units"],
  ["lock", "loopback"],
  ["daemons", "recipes", "see", "run", "sockets"],
];

/** A topic that takes longer than any other, and is begun first. */
const LONGEST = "never_outside";

/**
 * The guests of a run, and what each is to do.
 *
 * @param suite A Debian in place of all of them.
 * @param topics Those that are run; if there are none, whatever belongs to a run.
 */
export async function jobsFor(
  suite: string | undefined,
  topics: readonly string[],
): Promise<Job[]> {
  const all = (await Array.fromAsync(Deno.readDir("tests/system")))
    .flatMap(({ name }) => /^(\w+)_test\.ts$/.exec(name)?.[1] ?? [])
    .concat("boot");
  const suites = suite === undefined ? Object.keys(SUITES) : [suite];
  return suites.flatMap((suite) => {
    const left = topics.length > 0 || suites.length === 1
      ? []
      : SUITES[suite] ?? [];
    const chosen = all.filter((topic) =>
      topics.length > 0 ? topics.includes(topic) : !left.includes(topic)
    );
    return guestsFor(chosen).map((topics) => jobOf(suite, topics));
  }).toSorted((a, b) => rank(a) - rank(b));
}

/** The topics of each guest. */
function guestsFor(topics: readonly string[]): string[][] {
  const shared = TOGETHER.map((group) =>
    group.filter((topic) => topics.includes(topic))
  ).filter((group) => group.length > 0);
  const alone = topics.filter((topic) => !TOGETHER.flat().includes(topic))
    .toSorted();
  return [...shared, ...alone.map((topic) => [topic])];
}

function jobOf(suite: string, topics: string[]): Job {
  if (topics.includes("boot")) {
    const prepare = ". /payload/tests/boot/prepare.sh";
    return { suite, topics, boots: [prepare, runTests("boot", "tests/boot")] };
  }
  const scripts = topics.map((topic) =>
    runTests(topic, `tests/system/${topic}_test.ts`)
  );
  return { suite, topics, boots: [scripts.join("")] };
}

function rank({ topics }: Job): number {
  return topics.includes(LONGEST) ? 0 : 1;
}
