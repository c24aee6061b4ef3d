/** What whole processes take: start, stop and exec. */

import { type Figure, inProportion } from "./figures.ts";
import { medianTimes, type Subject } from "./measure.ts";
import { PEER, type Program } from "./programs.ts";

/** The most of the Python program's time that start and stop are to take. */
const AT_MOST = { compiled: 0.25, script: 0.2 };

/** The most that exec is to take longer than start, in ms. */
const EXEC_MORE_MS = 5;

/** Times start and stop beside the Python program, if there is one. */
export async function measureStartAndStop(
  forms: readonly Program[],
  peer: Program | undefined,
  ifname: string,
): Promise<Figure[]> {
  const programs = peer === undefined ? forms : [peer, ...forms];
  const figures: Figure[] = [];
  for (const [action, other] of [["start", "stop"], ["stop", "start"]]) {
    const subjects = programs.map(({ name, command }) =>
      [name, {
        prepare: [...command, other ?? "", ifname],
        command: [...command, action ?? "", ifname],
      }] as const
    );
    const times = await medianTimes(action ?? "", new Map(subjects));
    figures.push(...inProportion(action ?? "", times, PEER, PEER, AT_MOST));
  }
  return figures;
}

/** Times exec beside a start by the same program. */
export async function measureExec(
  forms: readonly Program[],
  ifname: string,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, command } of forms) {
    const times = await medianTimes(
      name,
      new Map([
        ["start", subject([...command, "start", ifname])],
        ["exec", subject([...command, "exec", ifname, "true"])],
      ]),
    );
    const start = times.get("start") ?? NaN;
    const exec = times.get("exec") ?? NaN;
    const atMost = (start + EXEC_MORE_MS) / start;
    figures.push(
      ...[{
        what: "exec",
        way: name,
        ratio: exec / start,
        to: "start",
        atMost,
      }],
    );
  }
  return figures;
}

/** Times exec beside `ip vrf exec`, which takes an interface that is a VRF. */
export async function measureExecBesideIproute2(
  forms: readonly Program[],
  vrf: string,
  rounds: number,
): Promise<Figure[]> {
  const ip = ["ip", "vrf", "exec", vrf, "true"];
  const subjects = new Map([["ip vrf exec", subject(ip)]]);
  for (const { name, command } of forms) {
    subjects.set(name, subject([...command, "exec", vrf, "true"]));
  }
  const times = await medianTimes("exec", subjects, rounds);
  return inProportion("exec", times, "ip vrf exec");
}

function subject(command: string[]): Subject {
  return { prepare: ["true"], command };
}
