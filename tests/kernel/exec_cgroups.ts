/** The cgroups that `denovrf exec` makes, which stay for the next run. */

import { cgroupPath, ownCgroup } from "../../src/cgroup/cgroup.ts";
import { type CgroupNode, readCgroupTree } from "../../src/cgroup/tree.ts";
import { parseEntered } from "../../src/cgroup/vrf_cgroup.ts";

/** Those that are inside of a cgroup, by default that of the tests. */
export function execCgroups(outer: string = cgroupPath(ownCgroup())): string[] {
  return nodesIn(readCgroupTree())
    .filter(({ cgroup, path }) =>
      path.startsWith(`${outer}/`) && parseEntered(cgroup) !== undefined
    )
    .map(({ path }) => path);
}

/** Removes them when their last processes are gone. */
export async function removeExecCgroups(outer?: string): Promise<void> {
  for (const path of execCgroups(outer)) {
    const ifname = parseEntered(path)?.ifname ?? "";
    for (const inner of [`/vrf/${ifname}`, "/vrf", ""]) {
      await removeWhenEmpty(`${path}${inner}`);
    }
  }
}

/** Removes a cgroup when its last process is gone, if it exists. */
export async function removeWhenEmpty(path: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const result = await Deno.remove(path).then(
      () => "removed",
      (error) => error instanceof Deno.errors.NotFound ? "removed" : "in use",
    );
    if (result === "removed") return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  await Deno.remove(path);
}

function nodesIn(node: CgroupNode): CgroupNode[] {
  return [node, ...node.children.flatMap(nodesIn)];
}
