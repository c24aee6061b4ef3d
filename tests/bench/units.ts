/** What starting a unit in a VRF takes more than starting it without one. */

import type { Figure } from "./figures.ts";
import { medianTimes, type Subject } from "./measure.ts";
import { must } from "../shell.ts";
import { unit } from "../system/guest.ts";

const ROUNDS = 11;

const UNBOUND = "bench-unbound.service";

const BOUND = "bench-in-vrf.service";

const FLOOR_UNIT = "bench-floor.service";

/**
 * Times the start of a bound unit and `denovrf run`, in a guest in which
 * denovrf is installed.
 *
 * @param floor The path of a program of Deno that does nothing.
 * @param vrf What is bound to; it is not started before.
 */
export async function measureUnits(
  floor: string,
  vrf: string,
): Promise<Figure[]> {
  await using _unbound = await oneshot(UNBOUND, "/bin/true");
  await using _bound = await oneshot(BOUND, "/bin/true");
  await using _floor = await oneshot(FLOOR_UNIT, floor);
  await must(["denovrf", "bind", BOUND, vrf]);
  const times = await medianTimes(
    "start of a unit, or what runs as one",
    new Map<string, Subject>([
      ["unbound", subject("systemctl", "start", UNBOUND)],
      ["bound", subject("systemctl", "start", BOUND)],
      ["floor", subject("systemctl", "start", FLOOR_UNIT)],
      ["systemd-run", subject("systemd-run", "--wait", "true")],
      ["run", subject("denovrf", "run", vrf, "--wait", "true")],
      ["program", subject(floor)],
    ]),
    ROUNDS,
  );
  await must(["denovrf", "unbind", BOUND]);
  const timeOf = (what: string) => times.get(what) ?? NaN;
  return [{
    what: "start of a bound unit, beyond that of an unbound one",
    way: "denovrf",
    ratio: (timeOf("bound") - timeOf("unbound")) / timeOf("floor"),
    to: "the start of a unit that does nothing in Deno",
    atMost: 1.2,
  }, {
    what: "run --wait, beyond systemd-run",
    way: "denovrf",
    ratio: (timeOf("run") - timeOf("systemd-run")) / timeOf("program"),
    to: "a program that does nothing in Deno",
    atMost: 3,
  }];
}

/** A service that runs a program to its end whenever it is started. */
function oneshot(name: string, program: string): Promise<AsyncDisposable> {
  return unit(
    name,
    `[Unit]
StartLimitIntervalSec=0
[Service]
Type=oneshot
ExecStart=${program}
`,
  );
}

function subject(...command: string[]): Subject {
  return { prepare: ["true"], command };
}
