/**
 * Measures in a guest what takes a systemd or a real VRF, and prints a
 * {@linkcode Run} as JSON.
 *
 *   in_guest.ts DIRECTORY
 *
 * DIRECTORY has the executable that loop.c makes, and perhaps a floor.
 */

import type { Run } from "./figures.ts";
import { measureExecBesideIproute2 } from "./exec.ts";
import { measureManyUnits } from "./many_units.ts";
import { FLOOR } from "./programs.ts";
import { measureRemaking } from "./remake.ts";
import { Loop } from "./loop.ts";
import { measureSockets } from "./sockets.ts";
import { measureUnits } from "./units.ts";
import { must, run } from "../shell.ts";

const [directory = ""] = Deno.args;

const IFNAME = "bench0";

const SERVICE = "bench-bound.service";

await must(["denovrf", "install"]);

const remaking = await measureRemaking();

await must(["ip", "link", "add", IFNAME, "up", "type", "vrf", "table", "20"]);

const forms = [{ name: "denovrf", command: ["denovrf"] }];

const floor = await pathOfFloor();
const units = floor === undefined ? [] : await measureUnits(floor, IFNAME);

const exec = await measureExecBesideIproute2(forms, IFNAME, 5);

const sockets = await measureSockets(
  new Loop(`${directory}/loop`, 2_000),
  IFNAME,
  true,
  await cgroupBoundBySystemd(),
);

await must(["ip", "link", "delete", IFNAME]);
const manyUnits = await measureManyUnits();

const result: Run = {
  machine: `A guest (${await must(["systemd-detect-virt"])}) with systemd ${
    /^systemd (\d+)/.exec(await must(["systemctl", "--version"]))?.[1]
  }, Linux ${/^[\d.]*\d/.exec(Deno.osRelease())?.[0]}`,
  groups: [remaking, units, exec, manyUnits, sockets],
};
console.log(JSON.stringify(result));

/** The floor, if denovrf is an executable. */
async function pathOfFloor(): Promise<string | undefined> {
  const path = await Deno.realPath(directory) + `/${FLOOR}`;
  const { code } = await run(["test", "-x", path]);
  return code === 0 ? path : undefined;
}

/** The cgroup of a service with BindNetworkInterface=, where systemd has that. */
async function cgroupBoundBySystemd(): Promise<Map<string, string>> {
  const setting = `BindNetworkInterface=${IFNAME}`;
  const { code } = await run([
    ...["systemd-run", `--unit=${SERVICE}`, "--property", setting],
    ...["sleep", "infinity"],
  ]);
  if (code !== 0) return new Map();
  const show = ["systemctl", "show", "--property=ControlGroup", "--value"];
  const cgroup = await must([...show, SERVICE]);
  return new Map([["BindNetworkInterface=", `/sys/fs/cgroup${cgroup}`]]);
}
