/** Runs tests/system and tests/boot in guests, on the executable in dist/. */

import { parseArgs } from "node:util";
import { ARCHITECTURES } from "../../src/build/compile.ts";
import { type Counts, sum } from "../counts.ts";
import { AARCH64_NEEDS, provide, runAarch64, VM_NEEDS } from "../host.ts";
import { replaceInFile } from "../readme.ts";
import { type Executable, provideExecutable } from "./executable.ts";
import { runInGuest, shellInGuest } from "./guest.ts";
import { provideImage } from "./image.ts";
import { type Job, jobsFor } from "./jobs.ts";
import { INSTALL_EXECUTABLE, payload } from "./payload.ts";
import { type Platform, PLATFORMS } from "./platform.ts";
import { failures, type Result, resultsIn, resultsTable } from "./results.ts";

/** What is run on another architecture, which takes hours under TCG. */
const FOREIGN: readonly string[] = [
  ...["main_job", "bind", "never_outside", "loopback", "lock", "units"],
];

/**
 * Boots guests and runs the system tests in them, one guest for each CPU.
 *
 * @param args `--suite NAME` picks a Debian in place of all of them, `--arch
 * NAME` an architecture in place of this machine's, words pick topics,
 * `--readme` puts the table of what passed into tests/README.md, and `--shell` gives a
 * root shell in a guest in place of the tests.
 */
export async function runVmTests(args: string[]): Promise<Counts> {
  const { values, positionals: topics } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      suite: { type: "string" },
      arch: { type: "string", default: Deno.build.arch },
      shell: { type: "boolean", default: false },
      readme: { type: "boolean", default: false },
    },
  });
  const { suite, shell, readme } = values;
  const platform = platformOf(values.arch);
  const { architecture } = platform;
  const isOwn = architecture === Deno.build.arch;
  const executable = await provideExecutable(architecture);
  await provide(VM_NEEDS);
  if (!isOwn) await provideForeign();
  if (shell) {
    const image = await provideImage(suite ?? "bookworm", platform);
    await shellInGuest(image, payload(executable), INSTALL_EXECUTABLE);
    Deno.exit(0);
  }
  const jobs = isOwn
    ? await jobsFor(suite, topics)
    : await jobsFor(suite ?? "bookworm", topics.length > 0 ? topics : FOREIGN);
  const results: Result[] = [];
  await Promise.all(Array.from(
    { length: navigator.hardwareConcurrency },
    async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        results.push(...await runJob(job, platform, executable));
      }
    },
  ));
  const table = resultsTable(results);
  const failed = failures(results);
  if (failed !== "") console.log(`\n${failed}`);
  console.log(`\n${table}`);
  if (readme) {
    await replaceInFile(
      "tests/README.md",
      isOwn
        ? "what the last run of the system tests printed"
        : `what the last run on ${architecture} printed`,
      table,
    );
  }
  return sum(results.map(({ counts }) => counts));
}

/** The platform of an architecture that a person names. */
function platformOf(name: string): Platform {
  const architecture = ARCHITECTURES.find((each) => each === name);
  if (architecture !== undefined) return PLATFORMS[architecture];
  throw new Error(
    `Cannot boot a guest of "${name}": it is none of ${
      ARCHITECTURES.join(", ")
    }`,
  );
}

async function provideForeign(): Promise<void> {
  await provide(AARCH64_NEEDS);
  await runAarch64();
}

async function runJob(
  { suite, topics, boots }: Job,
  platform: Platform,
  executable: Executable,
): Promise<Result[]> {
  const name = `${suite} ${topics.join(", ")}`;
  const say = (line: string) => console.log(`${name}: ${line}`);
  const began = performance.now();
  const results = await runInGuest(
    await imageOf(suite, platform),
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
function imageOf(
  suite: string,
  platform: Platform,
): ReturnType<typeof provideImage> {
  const image = images.get(suite) ?? provideImage(suite, platform);
  images.set(suite, image);
  return image;
}
