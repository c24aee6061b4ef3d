/** The cgroups that `denovrf exec` makes, which go when their last process does. */

import { cgroupPath, ownCgroup } from "../../src/cgroup/cgroup.ts";
import { type CgroupNode, readCgroupTree } from "../../src/cgroup/tree.ts";

/** The cgroups that exec has made in the cgroup of the tests, at any depth. */
export function execCgroups(): string[] {
  const own = cgroupPath(ownCgroup());
  return pathsIn(readCgroupTree()).filter((path) =>
    path.startsWith(`${own}/`) && /\/denovrf-exec-[^/]*$/.test(path)
  );
}

/** Waits until every one of them is gone. */
export async function untilNoExecCgroup(): Promise<void> {
  for (let tries = 0; execCgroups().length > 0; tries++) {
    if (tries > 100) throw new Error(`still there: ${execCgroups()}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

function pathsIn({ path, children }: CgroupNode): string[] {
  return [path, ...children.flatMap(pathsIn)];
}
