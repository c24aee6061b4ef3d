/** What the fiftieth bound unit costs: commands by the number of units. */

import type { Figure } from "./figures.ts";
import { ipBatch } from "./many.ts";
import { medianTimes } from "./measure.ts";
import { directoryOf } from "../../src/os/files.ts";
import { must, mustSh } from "../shell.ts";

const NUMBERS = [10, 50];

const ROUNDS = 3;

const UNITS = "/run/systemd/system";

/** What is timed, with a unit and a VRF for each. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "start --all": ["start", "--all", "--quiet"],
  "list": ["list", "--json"],
  "doctor": ["doctor"],
};

/**
 * Times commands with many bound units, each in a VRF of its own, in a guest in
 * which denovrf is installed. None is to grow faster than the units do.
 */
export async function measureManyUnits(): Promise<Figure[]> {
  const [first = NaN] = NUMBERS;
  const few = await timesWith(first);
  const figures: Figure[] = [];
  for (const number of NUMBERS.slice(1)) {
    for (const [what, time] of await timesWith(number)) {
      figures.push({
        what: `${what} of ${number} VRFs, each with a bound unit`,
        way: "denovrf",
        ratio: time / (few.get(what) ?? NaN),
        to: `${what} of ${first}`,
        atMost: number / first,
      });
    }
  }
  return figures;
}

async function timesWith(number: number): Promise<Map<string, number>> {
  const vrfs = Array.from({ length: number }, (_, at) => `many${at}`);
  await using stack = new AsyncDisposableStack();
  await ipBatch(
    vrfs.map((vrf, at) => `link add ${vrf} type vrf table ${1000 + at}`),
  );
  stack.defer(() => ipBatch(vrfs.map((vrf) => `link delete ${vrf}`)));
  stack.defer(async () =>
    void await must(["denovrf", "stop", "--all", "--purge"])
  );
  await using _units = await bindEach(vrfs);
  return await medianTimes(
    `bound units: ${number}`,
    new Map(
      Object.entries(COMMANDS).map(([what, words]) => [what, {
        prepare: ["true"],
        command: [
          "sh",
          "-c",
          'denovrf "$@" > /dev/null || [ $? = 1 ]',
          "sh",
          ...words,
        ],
      }]),
    ),
    ROUNDS,
  );
}

/** Gives each VRF a unit, with the drop-in that bind writes. */
async function bindEach(vrfs: readonly string[]): Promise<AsyncDisposable> {
  const [model = ""] = vrfs;
  const service = "[Service]\nExecStart=/bin/true\n";
  await Deno.writeTextFile(unitPath(model), service);
  await must(["systemctl", "daemon-reload"]);
  await must(["denovrf", "bind", "--runtime", `bench-${model}.service`, model]);
  const dropIn = await Deno.readTextFile(dropInPath(model));
  for (const vrf of vrfs) {
    await Deno.writeTextFile(unitPath(vrf), service);
    await Deno.mkdir(directoryOf(dropInPath(vrf)), { recursive: true });
    await Deno.writeTextFile(
      dropInPath(vrf),
      dropIn.replaceAll(`bench-${model}.service`, `bench-${vrf}.service`)
        .replaceAll(model, vrf),
    );
  }
  await must(["systemctl", "daemon-reload"]);
  return {
    async [Symbol.asyncDispose]() {
      await mustSh(`rm -rf ${UNITS}/bench-many*; systemctl daemon-reload`);
    },
  };
}

function unitPath(vrf: string): string {
  return `${UNITS}/bench-${vrf}.service`;
}

function dropInPath(vrf: string): string {
  return `${unitPath(vrf)}.d/50-denovrf.conf`;
}
