/**
 * The bench task: each figure is a ratio from one run on one machine.
 *
 *   deno task bench [--peer FILE [--python PROGRAM]] [--guest SUITE] [--readme]
 *
 * FILE is a Python program that takes `start IF` and `stop IF`. With SUITE, a
 * guest of that Debian measures too.
 */

import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { figureTables, type Run } from "./figures.ts";
import { FLOOR } from "./programs.ts";
import { KERNEL_NEEDS, provide, VM_NEEDS } from "../host.ts";
import { IN_OWN_NAMESPACES } from "../namespaces.ts";
import { replaceInFile, writeFormatted } from "../readme.ts";
import { must } from "../shell.ts";
import { type Executable, provideExecutable } from "../vm/executable.ts";
import { runInGuest } from "../vm/guest.ts";
import { provideImage } from "../vm/image.ts";
import { INSTALL_EXECUTABLE, payload, runDeno } from "../vm/payload.ts";

const CHART = "tests/bench/results.svg";

const { values: { peer, python, guest, readme } } = parseArgs({
  options: {
    peer: { type: "string" },
    python: { type: "string", default: "python3" },
    guest: { type: "string" },
    readme: { type: "boolean", default: false },
  },
});

await provide(KERNEL_NEEDS);

const executable = await provideExecutable();

const directory = await Deno.makeTempDir({ prefix: "denovrf-bench-" });
try {
  for (const name of ["loop", "usage"]) {
    const source = `${import.meta.dirname}/${name}.c`;
    await must(["cc", "-static", "-O2", "-o", `${directory}/${name}`, source]);
  }
  if (!executable.needsDeno) await compileFloor(executable);
  const runs = [await measureHere()];
  if (guest !== undefined) runs.push(await measureInGuest(guest, executable));
  const tables = figureTables(runs);
  console.log(`\n${tables}`);
  if (readme) {
    await writeFormatted(CHART, chart(runs));
    await replaceInFile(
      "tests/bench/README.md",
      "what the last run of the benchmark printed",
      `![the tables below as a chart](results.svg)\n\n${tables}`,
    );
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}

/** An executable that only ends, of the Deno that is in denovrf's. */
async function compileFloor({ path }: Executable): Promise<void> {
  const version = await must([await Deno.realPath(path), "--version"]);
  if (!version.includes(`Deno ${Deno.version.deno})`)) {
    throw new Error(`Run the bench with the Deno of ${path}: ${version}`);
  }
  const source = `${directory}/${FLOOR}.ts`;
  await Deno.writeTextFile(source, "Deno.exit(0);\n");
  await must([
    ...[Deno.execPath(), "compile", "--quiet", "--no-config", "--no-check"],
    ...["--no-code-cache", "--output", `${directory}/${FLOOR}`, source],
  ]);
}

async function measureHere(): Promise<Run> {
  const [program = "", ...args] = [
    ...IN_OWN_NAMESPACES,
    ...[Deno.execPath(), "run", "-A", "--no-check"],
    ...[`${import.meta.dirname}/here.ts`, directory, python],
    ...peer === undefined ? [] : [peer],
  ];
  const { success, stdout } = await new Deno.Command(program, {
    args,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("The measurements on this machine failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function measureInGuest(
  suite: string,
  executable: Executable,
): Promise<Run> {
  await provide(VM_NEEDS);
  const [result] = await runInGuest(
    await provideImage(suite),
    { ...payload(executable), bench: directory },
    [INSTALL_EXECUTABLE + runDeno("run", "tests/bench/in_guest.ts bench")],
    console.error,
  );
  if (result?.status !== 0) {
    throw new Error("The measurements in the guest failed");
  }
  return JSON.parse(result.output.trim().split("\n").at(-1) ?? "");
}
