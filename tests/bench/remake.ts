/** How long it takes from a VRF that is recreated to a socket that is in it. */

import { type Figure, inProportion } from "./figures.ts";
import { median, show } from "./measure.ts";
import { must, mustSh } from "../shell.ts";
import { until, untilNoJobs } from "../system/guest.ts";
import { Probe } from "../system/probe.ts";

const ROUNDS = 5;

const VRF = "vrfred";

const PROBE = new Probe("remade");

/** A way for a service to come into a VRF that is recreated. */
interface Way {
  /** Settings of the service. */
  settings?: string;
  /** What binds it, once. */
  bind?: string;
  /** What is done by hand whenever the VRF exists again. */
  byHand?: string;
  /** Whether the socket that counts is another process's than before. */
  restarts: boolean;
}

const BY_HAND = "ip vrf exec, restarted at once";

const WAYS: Readonly<Record<string, Way>> = {
  [BY_HAND]: {
    settings: `ExecStart=
ExecStart=ip vrf exec ${VRF} /usr/bin/python3 /payload/tests/system/probe_loop.py ${PROBE.log}`,
    byHand: `systemctl restart ${PROBE.name}`,
    restarts: true,
  },
  "a unit with --follow": {
    bind: `denovrf bind --follow ${PROBE.name} ${VRF}`,
    restarts: false,
  },
  "a unit that is restarted": {
    bind: `denovrf bind ${PROBE.name} ${VRF}`,
    restarts: true,
  },
};

/** Times each way, in a guest in which denovrf is installed. */
export async function measureRemaking(): Promise<Figure[]> {
  await addVrf();
  const times = new Map<string, number>();
  for (const [name, way] of Object.entries(WAYS)) {
    await using _unit = await PROBE.unit(
      `${way.settings ?? ""}\n[Unit]\nStartLimitIntervalSec=0`,
    );
    await mustSh(`${way.bind ?? ""}\nsystemctl start ${PROBE.name}`);
    await PROBE.untilOn(VRF);
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round++) samples.push(await time(way));
    times.set(name, median(samples));
    if (way.bind !== undefined) await must(["denovrf", "unbind", PROBE.name]);
  }
  await must(["ip", "link", "delete", VRF]);
  const what = "from ip link add to the first socket";
  show(what, times, "s");
  return inProportion(what, times, BY_HAND);
}

/** The time from making the VRF again to the service's first socket in it, in s. */
async function time({ byHand, restarts }: Way): Promise<number> {
  const pid = await PROBE.pid();
  await must(["ip", "link", "delete", VRF]);
  await until(
    "its sockets are no longer in the VRF",
    async () => (await PROBE.devices()).at(-1) !== VRF,
  );
  await untilNoJobs();
  const [before = ""] = (await Deno.readTextFile("/proc/uptime")).split(" ");
  await addVrf();
  await mustSh(byHand ?? "");
  let first: number | undefined;
  await until("a socket is in the VRF", async () => {
    const log = await Deno.readTextFile(PROBE.log);
    const line = log.split("\n").map((line) => line.split(" ")).find((
      [of, at, device],
    ) =>
      Number(at) > Number(before) && device === VRF &&
      (of !== pid) === restarts
    );
    first = line === undefined ? undefined : Number(line[1]);
    return first !== undefined;
  });
  await untilNoJobs();
  return (first ?? NaN) - Number(before);
}

function addVrf(): Promise<string> {
  return mustSh(`ip link add ${VRF} up type vrf table 10`);
}
