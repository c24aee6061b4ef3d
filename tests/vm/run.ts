/** Runs tests/system and tests/boot in guests, on the executable in dist/. */

import { parseArgs } from "node:util";
import { type Counts, sum } from "../counts.ts";
import { provide, VM_NEEDS } from "../host.ts";
import { replaceInReadme } from "../readme.ts";
import { type Executable, provideExecutable } from "./executable.ts";
import { runInGuest, shellInGuest } from "./guest.ts";
import { provideImage } from "./image.ts";
import { type Job, jobsFor } from "./jobs.ts";
import { INSTALL_EXECUTABLE, payload } from "./payload.ts";
import { type Result, resultsIn, resultsTable } from "./results.ts";

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
  const jobs = await jobsFor(suite, topics);
  const results: Result[] = [];
  await Promise.all(Array.from(
    { length: navigator.hardwareConcurrency },
    async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        results.push(...await runJob(job, executable));
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

async function runJob(
  { suite, topics, boots }: Job,
  executable: Executable,
): Promise<Result[]> {
  const name = `${suite} ${topics.join(", ")}`;
  const say = (line: string) => console.log(`${name}: ${line}`);
  const began = performance.now();
  const results = await runInGuest(
    await imageOf(suite),
    payload(executable),
    boots.map((script) => `${INSTALL_EXECUTABLE}\n${script}`),
    say,
  );
  if (results.some(({ status }) => status === undefined)) {
    say("The guest stopped before its work came to an end");
  }
  say(`took ${Math.round((performance.now() - began) / 1000)} s`);
  const output = results.map(({ output }) => output).join("");
  return resultsIn(output, suite, topics);
}

const images = new Map<string, ReturnType<typeof provideImage>>();

/** The image of a suite, which is made once for all of its jobs. */
function imageOf(suite: string): ReturnType<typeof provideImage> {
  const image = images.get(suite) ?? provideImage(suite);
  images.set(suite, image);
  return image;
}
