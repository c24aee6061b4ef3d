/** The cgroups that `denovrf exec` makes, which go when their last process does. */

import { cgroupPath, ownCgroup } from "../../src/cgroup/cgroup.ts";

/** The cgroups that exec has made in the cgroup of the tests, at any depth. */
export function execCgroups(): string[] {
  return cgroupsBelow(cgroupPath(ownCgroup()))
    .filter((path) => /\/denovrf-exec-[^/]*$/.test(path));
}

/** Waits until every one of them is gone. */
export async function untilNoExecCgroup(): Promise<void> {
  for (let tries = 0; execCgroups().length > 0; tries++) {
    if (tries > 100) throw new Error(`still there: ${execCgroups()}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

/** A cgroup that goes while this looks at it has none below it. */
function cgroupsBelow(path: string): string[] {
  let names: string[];
  try {
    names = [...Deno.readDirSync(path)]
      .filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const children = names.map((name) => `${path}/${name}`);
  return [...children, ...children.flatMap(cgroupsBelow)];
}
