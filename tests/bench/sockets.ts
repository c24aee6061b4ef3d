/** What a socket costs in a VRF, beside one without and iproute2's program. */

import { attachTo } from "../../src/attachment.ts";
import { start } from "../../src/binding.ts";
import {
  attach,
  attachedPrograms,
  loadProgram,
  openPin,
  openProgramById,
} from "../../src/bpf/libbpf.ts";
import { BINDING_PIN, pinPath } from "../../src/bpf/bpffs.ts";
import {
  exit,
  movImm,
  movReg,
  R0,
  R1,
  R2,
  R6,
  storeMem,
} from "../../src/bpf/insn.ts";
import { SOCK_CREATE } from "../../src/bpf/plain.ts";
import { PLAIN_MODE } from "../../src/bpf/programs.ts";
import { open } from "../../src/libc/files.ts";
import { must } from "../shell.ts";
import { median } from "./measure.ts";

const IFNAME = "bench0";
const CALLS = 20_000;
const ROUNDS = 15;

/** What each way does to a cgroup before its processes make sockets. */
const WAYS: Readonly<Record<string, (path: string, ifindex: number) => void>> =
  {
    "no program": () => {},
    "ip vrf exec's": attachIproute2s,
    "plain mode": (path) => attachTo(IFNAME, path, PLAIN_MODE),
    "loopback mode": (path) =>
      attachTo(IFNAME, path, { loopback: true, lock: false }),
  };

/** What is timed: socket() and close(), and connect() in between. */
const LOOPS: Readonly<Record<string, string>> = {
  "socket()": "socket",
  "and connect() to loopback": "loopback",
  "and connect() elsewhere": "elsewhere",
};

/**
 * Prints the median time of calls, and of the programs by the kernel's own
 * statistics, as ratios to iproute2's.
 *
 * @param mount Where cgroup2 is mounted.
 */
export async function measureSockets(mount: string): Promise<void> {
  const ifindex = start(IFNAME).ifindex;
  const folder = await Deno.makeTempDir({ prefix: "denovrf-bench-" });
  const loop = `${folder}/loop`;
  await must(["cc", "-O2", "-o", loop, `${import.meta.dirname}/loop.c`]);
  const cgroups = new Map<string, string>();
  try {
    for (const [way, prepare] of Object.entries(WAYS)) {
      const path = `${mount}/denovrf-bench-${cgroups.size}-${Deno.pid}`;
      await Deno.mkdir(path);
      cgroups.set(way, path);
      prepare(path, ifindex);
    }
    for (const [label, name] of Object.entries(LOOPS)) {
      show(label, await medians(cgroups, [loop, name, `${CALLS}`]));
    }
    await showStatistics(cgroups, [loop, "socket", `${CALLS}`]);
  } finally {
    for (const path of cgroups.values()) await Deno.remove(path);
    await Deno.remove(folder, { recursive: true });
  }
}

/** The six instructions of `ip vrf exec` (ip/ipvrf.c of iproute2). */
function attachIproute2s(path: string, ifindex: number): void {
  using map = openPin(pinPath(IFNAME, BINDING_PIN));
  using program = loadProgram({
    ...SOCK_CREATE,
    kernelName: "iproute2",
    instructions: () => [
      movReg(R6, R1),
      movImm(R1, ifindex),
      movImm(R2, 0),
      storeMem("u32", R6, 0, R1),
      movImm(R0, 1),
      exit(),
    ],
  }, map);
  using cgroup = open(path);
  attach(program, cgroup, SOCK_CREATE.attachType);
}

/** They take turns, so that whatever else the machine does falls on all alike. */
async function medians(
  cgroups: ReadonlyMap<string, string>,
  command: readonly string[],
): Promise<Map<string, number>> {
  const samples = new Map(
    [...cgroups.keys()].map((way) => [way, [] as number[]]),
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const [way, path] of cgroups) {
      samples.get(way)?.push(Number(await runIn(path, command)));
    }
  }
  return new Map([...samples].map(([way, times]) => [way, median(times)]));
}

function show(label: string, times: ReadonlyMap<string, number>): void {
  const reference = times.get("ip vrf exec's") ?? NaN;
  for (const [way, time] of times) {
    console.log(
      `${label.padEnd(26)} ${way.padEnd(14)} ${
        time.toFixed(0).padStart(6)
      } ns  ${(time / reference).toFixed(2)} of ip vrf exec's`,
    );
  }
}

/** What the kernel says that each run of a program took. */
async function showStatistics(
  cgroups: ReadonlyMap<string, string>,
  command: readonly string[],
): Promise<void> {
  const setting = "/proc/sys/kernel/bpf_stats_enabled";
  const before = await Deno.readTextFile(setting);
  await Deno.writeTextFile(setting, "1");
  try {
    const times = new Map<string, number>();
    for (const [way, path] of cgroups) {
      if (way === "no program") continue;
      const samples: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const [ns, count] = await statistics(path);
        await runIn(path, command);
        const [nsAfter, countAfter] = await statistics(path);
        samples.push((nsAfter - ns) / (countAfter - count));
      }
      times.set(way, median(samples));
    }
    show("the program, by the kernel", times);
  } finally {
    await Deno.writeTextFile(setting, before);
  }
}

/** How long a cgroup's program for new sockets has run, in ns, and how often. */
async function statistics(path: string): Promise<[ns: number, count: number]> {
  using cgroup = open(path);
  const [info] = attachedPrograms(cgroup, SOCK_CREATE.attachType);
  using program = openProgramById(info?.id ?? 0);
  const text = await Deno.readTextFile(`/proc/self/fdinfo/${program?.number}`);
  return [
    Number(/^run_time_ns:\s*(\d+)/m.exec(text)?.[1]),
    Number(/^run_cnt:\s*(\d+)/m.exec(text)?.[1]),
  ];
}

function runIn(path: string, command: readonly string[]): Promise<string> {
  return must([
    ...["sh", "-ec", 'echo 0 > "$0/cgroup.procs"; exec "$@"', path],
    ...command,
  ]);
}
