/**
 * The test task: runs the kinds of tests named on the command line, and says how many
 * tests of each passed. The last line is the sum.
 */

import { importFlags } from "../src/build/imports.ts";
import { type Counts, countsIn, sum } from "./counts.ts";
import { BUILD_NEEDS, KERNEL_NEEDS, provide } from "./host.ts";
import { IN_OWN_NAMESPACES } from "./namespaces.ts";
import { runVmTests } from "./vm/run.ts";

/** Where tests of pure code are, those of the tests' own code beside that. */
const UNIT: readonly string[] = [
  ...["tests/unit", "tests/bench", "tests/selftests", "tests/vm"],
  ...["tests/counts_test.ts", "tests/readme_test.ts"],
];

const KINDS: Record<string, (args: string[]) => Promise<Counts>> = {
  unit: async (args) =>
    await denoTest([], [...await importFlags(), ...args, ...UNIT]),
  kernel: runKernelTests,
  build: runBuildTests,
  vm: runVmTests,
};

const names = Deno.args.filter((arg) => arg in KINDS);

const args = Deno.args.filter((arg) => !(arg in KINDS) && arg !== "--");

const results = new Map<string, Counts>();
for (const name of names) {
  console.log(`\n== tests/${name === "vm" ? "system, in a guest" : name}`);
  const runTests = KINDS[name];
  if (runTests !== undefined) results.set(name, await runTests(args));
}

console.log();
for (const [name, { passed, failed, skipped }] of results) {
  console.log(
    `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`,
  );
}
const { passed, failed } = sum([...results.values()]);
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);

/** Runs them in a network namespace, a cgroup and with a bpffs of their own. */
async function runKernelTests(args: string[]): Promise<Counts> {
  if (Deno.uid() !== 0) return skipped("only root can load BPF programs");
  await provide(KERNEL_NEEDS);
  return await denoTest(
    IN_OWN_NAMESPACES,
    [...await importFlags(), ...args, "tests/kernel"],
  );
}

/** If Deno's runtime is not available, they skip themselves. */
async function runBuildTests(args: string[]): Promise<Counts> {
  await provide(BUILD_NEEDS);
  return await denoTest([], [
    ...await importFlags(),
    ...args,
    "tests/build",
  ]);
}

/** A kind that cannot be run here; in CI, which can, that is a failure. */
function skipped(reason: string): Counts {
  console.log(`skipped: ${reason}`);
  const failed = Deno.env.get("CI") === "true" ? 1 : 0;
  return { passed: 0, failed, skipped: 1 };
}

/** Runs `deno test` behind a command, passing on what it prints. */
async function denoTest(
  behind: readonly string[],
  args: string[],
): Promise<Counts> {
  const [program = "", ...rest] = [...behind, Deno.execPath()];
  const child = new Deno.Command(program, {
    args: [...rest, "test", "--quiet", "-A", "--no-check", ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  }
  const { success } = await child.status;
  return countsIn(output, success);
}
