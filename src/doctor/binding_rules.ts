/** What can be wrong with the bindings of VRFs, a rule each, and what to do. */

import { instanceFor } from "../bound_units/instance.ts";
import { type Problem, problem, warning } from "./check.ts";
import type { LastRefused } from "../inspect/refused.ts";
import type { Survey } from "../inspect/survey.ts";
import type { BoundCgroup, VrfReport } from "../inspect/vrf_report.ts";
import { quote, shellWord } from "../messages/quote.ts";

/** What bound units need of a VRF. */
export interface Need {
  /** The ifindex that the VRF had when it was last there, if it is known. */
  readonly lastIfindex: number | undefined;
}

/**
 * Says what is wrong with a binding, if it is what the rule is about.
 *
 * @param need `undefined` if no unit is bound to the VRF.
 * @param all Every VRF.
 */
type Rule = (
  report: VrfReport,
  need: Need | undefined,
  all: readonly VrfReport[],
) => Problem | undefined;

/** At most one of them applies to a binding. */
const RULES: readonly Rule[] = [
  stale,
  renamed,
  leftBehind,
  awaited,
  notStarted,
];

/**
 * What is wrong with the bindings of this machine.
 *
 * @param needs What bound units need, by interface.
 */
export function problemsOfBindings(
  { vrfs, orphans }: Survey,
  needs: ReadonlyMap<string, Need>,
): Problem[] {
  return [
    ...vrfs.flatMap((report) => problemOfVrf(report, needs, vrfs) ?? []),
    ...vrfs.flatMap(refusedLately),
    ...orphans.filter(isInUse).map(orphaned),
    ...vrfs.flatMap(({ ifname, cgroups }) =>
      cgroups.filter(isOutside).map((cgroup) => outside(cgroup, ifname))
    ),
  ];
}

function problemOfVrf(
  report: VrfReport,
  needs: ReadonlyMap<string, Need>,
  all: readonly VrfReport[],
): Problem | undefined {
  const need = needs.get(report.ifname);
  return RULES.map((rule) => rule(report, need, all))
    .find((problem) => problem !== undefined);
}

function stale({ ifname, state }: VrfReport): Problem | undefined {
  if (state !== "stale") return undefined;
  return problem(
    `${quote(ifname)} has a stale binding: it names another ifindex`,
    `Start it again: denovrf start ${shellWord(ifname)}`,
  );
}

function renamed(
  { ifname, state, bound }: VrfReport,
  need: Need | undefined,
  all: readonly VrfReport[],
): Problem | undefined {
  const ifindex = bound || need?.lastIfindex;
  const heir = all.find((other) => other.ifindex === ifindex);
  if (state !== "absent" || heir === undefined) return undefined;
  const [name, newName] = [ifname, heir.ifname].map(shellWord);
  return warning(
    `${quote(ifname)} does not exist, and was renamed to ${quote(heir.ifname)}`,
    `Rename it: ip link set ${newName} name ${name}; or bind its units to ${newName}`,
  );
}

function leftBehind(
  { ifname, state, bound }: VrfReport,
  need: Need | undefined,
): Problem | undefined {
  if (state !== "absent" || bound === null || need !== undefined) {
    return undefined;
  }
  return warning(
    `${quote(ifname)} is bound, but the interface does not exist`,
    `If it is gone for good: denovrf stop --purge ${shellWord(ifname)}`,
  );
}

function awaited(
  { ifname, state }: VrfReport,
  need: Need | undefined,
): Problem | undefined {
  if (state !== "absent" || need === undefined) return undefined;
  return warning(
    `Units are waiting for ${quote(ifname)}, which does not exist`,
    `Create it: ip link add ${shellWord(ifname)} type vrf table TABLE`,
  );
}

function notStarted(
  { ifname, state, program }: VrfReport,
  need: Need | undefined,
): Problem | undefined {
  if (state === "stale" || state === "absent") return undefined;
  if (program !== null || need === undefined) return undefined;
  return problem(
    `Units are bound to ${quote(ifname)}, but its binding is not started`,
    `Start it: ${restartCommand(instanceFor(ifname))}`,
  );
}

/** How long a refusal is worth a warning, in ms. */
const LATELY = 24 * 60 * 60 * 1000;

/** That sockets are refused while the interface is gone is as it should be. */
function refusedLately({ ifname, refused }: VrfReport): Problem[] {
  const last = refused?.last ?? null;
  if (last === null || last.kind === "socket") return [];
  if (Date.now() - Date.parse(last.time) > LATELY) return [];
  const who = quote(last.unit ?? last.cgroup ?? "a cgroup that is gone");
  const where = last.device === null
    ? "it named no device"
    : `${quote(last.device)} is outside of ${quote(ifname)}`;
  const [what, remedy] = refusalOf(last, ifname);
  return [warning(`${who} ${what} at ${last.time}: ${where}`, remedy)];
}

/** What somebody did that was refused, and what to do about it. */
function refusalOf(
  { kind, address }: LastRefused,
  ifname: string,
): [what: string, remedy: string] {
  const nameAPort = "Have it name a port of the VRF: denovrf help multicast";
  if (kind === "join") {
    return ["could not join a multicast group", nameAPort];
  }
  if (kind === "in") {
    return [
      `did not receive a packet from ${address}`,
      "See which sockets are outside: denovrf verify",
    ];
  }
  return /^(?:22[4-9]|23\d)\.|^\[ff/.test(address ?? "")
    ? [`sent to ${address} without naming a device of its VRF`, nameAPort]
    : [
      `could not send to ${address}`,
      `If the VRF should reach that: ip route add … vrf ${shellWord(ifname)}`,
    ];
}

/** A cgroup of exec stays when it is empty; the next exec binds it again. */
function isInUse({ unit, processes }: BoundCgroup): boolean {
  return unit !== null || processes > 0;
}

function orphaned({ unit, path }: BoundCgroup): Problem {
  const name = quote(unit ?? path);
  return problem(
    `${name} is bound to a purged binding and can open no sockets`,
    unit === null ? "End its processes" : restartCommand(unit),
  );
}

/** Whether processes run in a cgroup that a drop-in only says to be bound. */
function isOutside({ attached, processes }: BoundCgroup): boolean {
  return !attached && processes > 0;
}

function outside({ unit, path }: BoundCgroup, ifname: string): Problem {
  return problem(
    `${quote(unit ?? path)} should be in ${quote(ifname)}, but runs outside`,
    unit === null
      ? "End its processes"
      : `Start it again: ${restartCommand(unit)}`,
  );
}

function restartCommand(unit: string): string {
  return `systemctl restart ${shellWord(unit)}`;
}
