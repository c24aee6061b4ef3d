/**
 * The CPU time of commands, in floors: what a program takes that does nothing
 * but end, and is run in the same way.
 */

import { type Figure, inProportion } from "./figures.ts";
import { medians, show, type Subject } from "./measure.ts";
import { PEER, type Program } from "./programs.ts";
import { usageOf } from "./usage.ts";

const ROUNDS = 25;

/** A command to be measured: its words, and those of the command before it. */
interface Command {
  words: readonly string[];
  before?: readonly string[];
  /** The most floors that it is to take where it is compiled. */
  atMost: number;
}

/** Measures commands of a form of denovrf beside its floor. */
export async function measureCommands(
  usage: string,
  form: Program,
  floor: Program,
  ifname: string,
): Promise<Figure[]> {
  const start = ["start", ifname];
  const commands: Record<string, Command> = {
    "--version": { words: ["--version"], atMost: 1.1 },
    "start, bound already": { words: start, before: start, atMost: 1.3 },
    "stop": { words: ["stop", ifname], before: start, atMost: 1.25 },
    "list": { words: ["list"], before: start, atMost: 1.4 },
    "exec": { words: ["exec", ifname, "true"], atMost: 1.6 },
    "exec --lock": { words: ["exec", ifname, "--lock", "true"], atMost: 1.8 },
  };
  const figures: Figure[] = [];
  for (const [what, { words, before, atMost }] of Object.entries(commands)) {
    const subjects = new Map([
      [floor.name, subject(floor, [])],
      [form.name, subject(form, words, before)],
    ]);
    const times = await cpuTimes(`CPU time of ${what}`, usage, subjects);
    figures.push(...inProportion(
      `CPU time of ${what}`,
      times,
      floor.name,
      floor.name,
      { compiled: atMost },
    ));
  }
  return figures;
}

/** The most of the Python program's CPU time that start and stop are to take. */
const AT_MOST_OF_PEER: Readonly<Record<string, number>> = {
  compiled: 0.95,
  script: 0.9,
};

/** Measures start and stop, taken together, beside the Python program's. */
export async function measureBesidePeer(
  usage: string,
  forms: readonly Program[],
  peer: Program,
  ifname: string,
): Promise<Figure[]> {
  const programs = [peer, ...forms];
  const sums = new Map<string, number>(programs.map(({ name }) => [name, 0]));
  for (const [action, other] of [["start", "stop"], ["stop", "start"]]) {
    const subjects = new Map(programs.map((program) => [
      program.name,
      subject(program, [action ?? "", ifname], [other ?? "", ifname]),
    ]));
    const times = await cpuTimes(`CPU time of ${action}`, usage, subjects);
    for (const [name, time] of times) {
      sums.set(name, (sums.get(name) ?? NaN) + time);
    }
  }
  const what = "CPU time of start and stop";
  return inProportion(what, sums, PEER, PEER, AT_MOST_OF_PEER);
}

/** The median CPU time of each, in ms. */
async function cpuTimes(
  what: string,
  usage: string,
  subjects: ReadonlyMap<string, Subject>,
): Promise<Map<string, number>> {
  const times = await medians(
    subjects,
    ROUNDS,
    async (subject) => (await usageOf(usage, subject)).milliseconds,
  );
  show(what, times, "ms");
  return times;
}

function subject(
  { command }: Program,
  words: readonly string[],
  before?: readonly string[],
): Subject {
  return {
    prepare: before === undefined ? ["true"] : [...command, ...before],
    command: [...command, ...words],
  };
}
