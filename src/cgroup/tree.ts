/** Walks the cgroup2 hierarchy of this machine. */

import { cgroupPath, visibleRoot } from "./cgroup.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { readDirectory, readText } from "../os/files.ts";

/** A cgroup of the hierarchy. */
export interface CgroupNode {
  /** From the hierarchy's root, as in /proc/PID/cgroup. */
  readonly cgroup: string;
  /** In the file system. */
  readonly path: string;
  /** Its id, as BPF programs see it; `undefined` for the root. */
  readonly id: bigint | undefined;
  readonly children: readonly CgroupNode[];
}

/** Every cgroup that can be seen, except those that disappear meanwhile. */
export function readCgroupTree(): CgroupNode {
  const root = visibleRoot();
  return readNode(root, cgroupPath(root), undefined);
}

/** The processes in a cgroup itself; none if it is gone. */
export function processesIn({ path }: CgroupNode): number[] {
  const text = unlessErrno(
    // A threaded cgroup answers EOPNOTSUPP.
    [ERRNO.ENOENT, ERRNO.ENODEV, ERRNO.EOPNOTSUPP],
    () => readText(`${path}/cgroup.procs`),
  );
  return (text ?? "").split("\n").filter((line) => line !== "").map(Number);
}

/**
 * How many processes are in a cgroup and everything inside.
 *
 * @param isApart Whether a cgroup inside does not count.
 */
export function countProcesses(
  node: CgroupNode,
  isApart: (inner: CgroupNode) => boolean = () => false,
): number {
  return node.children.filter((child) => !isApart(child)).reduce(
    (sum, child) => sum + countProcesses(child, isApart),
    processesIn(node).length,
  );
}

function readNode(
  cgroup: string,
  path: string,
  id: bigint | undefined,
): CgroupNode {
  const entries = unlessErrno([ERRNO.ENOENT], () => readDirectory(path)) ?? [];
  const prefix = cgroup === "/" ? "" : cgroup;
  const children = entries.filter(({ isDirectory }) => isDirectory)
    .map(({ name, inode }) =>
      // The number of its inode, on 64-bit machines (cgroup_id() in
      // linux/cgroup.h).
      readNode(`${prefix}/${name}`, `${path}/${name}`, inode)
    );
  return { cgroup, path, id, children };
}
