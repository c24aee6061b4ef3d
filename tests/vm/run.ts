/** Runs tests/system and tests/boot in guests, on the executable in dist/. */

import { parseArgs } from "node:util";
import { type Counts, countsIn, sum } from "../counts.ts";
import { provide, VM_NEEDS } from "../host.ts";
import { replaceInReadme } from "../readme.ts";
import { type Executable, provideExecutable } from "./executable.ts";
import { runInGuest, shellInGuest } from "./guest.ts";
import { provideImage } from "./image.ts";
import { INSTALL_EXECUTABLE, payload, runTests } from "./payload.ts";
import { type Result, resultsTable, versionsIn } from "./results.ts";

/** What is run in a guest of its own, so that one leaves nothing to another. */
interface Job {
  suite: string;
  /** Such as "bind", for tests/system/bind_test.ts. */
  topic: string;
  /** What its boots are for, in their order. */
  boots: string[];
}

/**
 * Debian's releases from the first with a systemd that has BPFProgram=, and the
 * topics that a run of all of them leaves out, for a guest under TCG takes
 * minutes for each. `--suite` runs them all.
 */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  bookworm: [],
  trixie: ["doctor", "hardening", "main_job", "recipes", "run", "see", "walk"],
  forky: [
    ...["doctor", "lock", "loopback", "nested", "never_outside", "recipes"],
    ...["run", "see", "sessions", "units", "walk"],
  ],
};

/**
 * Boots guests and runs the system tests in them, one guest for each CPU.
 *
 * @param args `--suite NAME` picks a Debian in place of all of them, words pick
 * topics, `--readme` puts the table of what passed into README.md, and `--shell`
 * gives a root shell in a guest in place of the tests.
 */
export async function runVmTests(args: string[]): Promise<Counts> {
  const { values: { suite, shell, readme }, positionals: topics } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      suite: { type: "string" },
      shell: { type: "boolean", default: false },
      readme: { type: "boolean", default: false },
    },
  });
  const executable = await provideExecutable();
  await provide(VM_NEEDS);
  if (shell) {
    const image = await provideImage(suite ?? "bookworm");
    await shellInGuest(image, payload(executable), INSTALL_EXECUTABLE);
    Deno.exit(0);
  }
  const jobs =
    (await jobsOf(suite === undefined ? Object.keys(SUITES) : [suite]))
      .filter(({ suite: of, topic }) =>
        topics.length > 0
          ? topics.includes(topic)
          : suite !== undefined || !SUITES[of]?.includes(topic)
      );
  const results: Result[] = [];
  await Promise.all(Array.from(
    { length: navigator.hardwareConcurrency },
    async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        results.push(await runJob(job, executable));
      }
    },
  ));
  const table = resultsTable(results);
  console.log(`\n${table}`);
  if (readme) {
    await replaceInReadme(
      "what the last run of the system tests printed",
      table,
    );
  }
  return sum(results.map(({ counts }) => counts));
}

/** All of them, suite by suite. */
async function jobsOf(suites: readonly string[]): Promise<Job[]> {
  const topics = (await Array.fromAsync(Deno.readDir("tests/system")))
    .flatMap(({ name }) => /^(\w+)_test\.ts$/.exec(name)?.[1] ?? []);
  return suites.flatMap((suite) => [
    ...topics.toSorted().map((topic) => ({
      suite,
      topic,
      boots: [runTests(`tests/system/${topic}_test.ts`)],
    })),
    {
      suite,
      topic: "boot",
      boots: [". /payload/tests/boot/prepare.sh", runTests("tests/boot")],
    },
  ]);
}

async function runJob(
  { suite, topic, boots }: Job,
  executable: Executable,
): Promise<Result> {
  const say = (line: string) => console.log(`${suite} ${topic}: ${line}`);
  const results = await runInGuest(
    await imageOf(suite),
    payload(executable),
    boots.map((script) => `${INSTALL_EXECUTABLE}\n${script}`),
    say,
  );
  if (results.some(({ status }) => status === undefined)) {
    say("The guest stopped before its work came to an end");
  }
  return {
    suite,
    topic,
    versions: versionsIn(results.map(({ output }) => output).join("")),
    counts: sum(
      results.map(({ output, status }) => countsIn(output, status === 0)),
    ),
  };
}

const images = new Map<string, ReturnType<typeof provideImage>>();

/** The image of a suite, which is made once for all of its jobs. */
function imageOf(suite: string): ReturnType<typeof provideImage> {
  const image = images.get(suite) ?? provideImage(suite);
  images.set(suite, image);
  return image;
}
