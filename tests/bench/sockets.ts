/** What a socket costs in a VRF, beside one with iproute2's program. */

import { attachTo } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { pinPath } from "../../src/kernel/pins.ts";
import { exit, mov, R0, R1, R2, R6, store } from "../../src/bpf/insn.ts";
import {
  attach,
  attachedPrograms,
  openPin,
  openProgramById,
} from "../../src/bpf/libbpf.ts";
import { loadProgram } from "../../src/bpf/load.ts";
import { open } from "../../src/os/files.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";
import { type Figure, inProportion } from "./figures.ts";
import type { Loop } from "./loop.ts";
import { medians, show } from "./measure.ts";
import { measurePackets } from "./packets.ts";
import { Cgroup } from "../kernel/fixture.ts";

const ROUNDS = 15;

const NO_PROGRAM = "no program";

const IPROUTE2 = "iproute2's program";

/** What each way does to a cgroup before its processes make sockets. */
const WAYS: Readonly<
  Record<string, (path: string, ifname: string, ifindex: number) => void>
> = {
  [NO_PROGRAM]: () => {},
  [IPROUTE2]: attachIproute2s,
  "open mode": (path, ifname) =>
    attachTo(ifname, path, { ...PLAIN_MODE, open: true }),
  "plain mode": (path, ifname) => attachTo(ifname, path, PLAIN_MODE),
  "loopback mode": (path, ifname) =>
    attachTo(ifname, path, { ...PLAIN_MODE, loopback: true }),
  "lock mode": (path, ifname) =>
    attachTo(ifname, path, { ...PLAIN_MODE, lock: true }),
};

/** The most of iproute2's cost, or of none, that ours is to be. */
const AT_MOST = { "plain mode": 1.05 };

/** What is timed: socket() and close(), and connect() in between. */
const LOOPS: Readonly<Record<string, string>> = {
  "socket()": "socket",
  "socket(), connect() to loopback": "loopback",
  "socket(), connect() elsewhere": "elsewhere",
};

/**
 * Measures the time of calls, and of the programs by the kernel's own
 * statistics, in proportion to iproute2's, and what is sent in proportion to
 * what is sent without a program.
 *
 * @param isVrf Whether the interface is a VRF, which not every kernel has.
 * @param others Cgroups in which others have attached something, by their ways.
 */
export async function measureSockets(
  loop: Loop,
  ifname: string,
  isVrf: boolean,
  others: ReadonlyMap<string, string> = new Map(),
): Promise<Figure[]> {
  const ifindex = start(ifname).netdev.ifindex;
  await using stack = new AsyncDisposableStack();
  const cgroups = new Map(others);
  for (const [way, prepare] of Object.entries(WAYS)) {
    const { path } = stack.use(Cgroup.make());
    prepare(path, ifname, ifindex);
    cgroups.set(way, path);
  }
  const figures: Figure[] = [];
  for (const [what, name] of Object.entries(LOOPS)) {
    const times = await medians(
      cgroups,
      ROUNDS,
      (path) => loop.time(path, name),
    );
    show(what, times, "ns");
    figures.push(...inProportion(what, times, IPROUTE2, IPROUTE2, AT_MOST));
  }
  const ours = new Map(
    [...cgroups].filter(([way]) => way === NO_PROGRAM || / mode$/.test(way)),
  );
  figures.push(
    ...await measurePackets(loop, ifname, isVrf, ours, NO_PROGRAM),
  );
  cgroups.delete(NO_PROGRAM);
  const what = "the program alone, by the kernel's statistics";
  const times = await withStatistics(() =>
    medians(cgroups, ROUNDS, async (path) => {
      const before = await statistics(path);
      await loop.time(path, "socket");
      const after = await statistics(path);
      return (after.ns - before.ns) / (after.count - before.count);
    })
  );
  show(what, times, "ns");
  figures.push(...inProportion(what, times, IPROUTE2, IPROUTE2, AT_MOST));
  return figures;
}

/** The six instructions of `ip vrf exec` (ip/ipvrf.c of iproute2). */
function attachIproute2s(path: string, ifname: string, ifindex: number): void {
  using map = openPin(pinPath(ifname, "binding"));
  using program = loadProgram({
    ...SOCK_CREATE,
    kernelName: "iproute2",
    instructions: () => [
      mov(R6, R1),
      mov(R1, ifindex),
      mov(R2, 0),
      store("u32", R6, 0, R1),
      mov(R0, 1),
      exit(),
    ],
  }, { binding: map, filter: map });
  using cgroup = open(path);
  attach(program, cgroup, SOCK_CREATE.attachType);
}

/** Has the kernel measure programs while something is done. */
async function withStatistics<T>(work: () => Promise<T>): Promise<T> {
  const setting = "/proc/sys/kernel/bpf_stats_enabled";
  const before = await Deno.readTextFile(setting);
  await Deno.writeTextFile(setting, "1");
  try {
    return await work();
  } finally {
    await Deno.writeTextFile(setting, before);
  }
}

/** How long a cgroup's program for new sockets has run, in ns, and how often. */
async function statistics(
  path: string,
): Promise<{ ns: number; count: number }> {
  using cgroup = open(path);
  const [info] = attachedPrograms(cgroup, SOCK_CREATE.attachType);
  using program = openProgramById(info?.id ?? 0);
  const text = await Deno.readTextFile(`/proc/self/fdinfo/${program?.number}`);
  return {
    ns: Number(/^run_time_ns:\s*(\d+)/m.exec(text)?.[1]),
    count: Number(/^run_cnt:\s*(\d+)/m.exec(text)?.[1]),
  };
}
