/** The cgroups that `denovrf exec` makes, which go when their last process does. */

import { must } from "../shell.ts";

/** The cgroups that exec has made, wherever the caller's is. */
export async function execCgroups(): Promise<string> {
  return await must(["find", "/sys/fs/cgroup", "-name", "denovrf-exec-*"]);
}

/** Waits until every one of them is gone. */
export async function untilNoExecCgroup(): Promise<void> {
  for (let tries = 0; await execCgroups() !== ""; tries++) {
    if (tries > 100) throw new Error(`still there: ${await execCgroups()}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}
