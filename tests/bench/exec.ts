/** How long exec takes. */

import { type Figure, inProportion } from "./figures.ts";
import { medianTimes, type Subject } from "./measure.ts";
import type { Program } from "./programs.ts";

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
