/**
 * Restarts a unit together with those that hand sockets to each other: systemd
 * starts no socket unit whose service runs.
 */

import { servicesOf } from "../../bound_units/sockets.ts";
import { shellWord } from "../../messages/shell_word.ts";
import { systemctl } from "../../systemd/systemctl.ts";
import {
  howToRestart,
  isActive,
  restart,
  stoppedWith,
  tryRestart,
} from "../../systemd/unit.ts";
import { orInstances, type UnitName } from "../../systemd/unit_name.ts";

/** A unit, and what has to be restarted with it. */
export interface Group {
  /** The unit that a person named. */
  readonly unit: UnitName;
  /** Socket units that are active. */
  readonly sockets: readonly UnitName[];
  /** Services that are active, and get their sockets from them. */
  readonly services: readonly UnitName[];
  /** Units that are active, and that systemd stops with these. */
  readonly dependents: readonly string[];
}

/**
 * The group of a unit as it is now.
 *
 * @param sockets The socket units that hand a service its sockets.
 */
export function groupOf(unit: UnitName, sockets: readonly UnitName[]): Group {
  const isSocket = unit.section === "Socket";
  const units = {
    unit,
    sockets: isSocket ? [] : sockets.filter(isActive),
    services: isSocket ? servicesOf(unit).filter(isActive) : [],
  };
  return {
    ...units,
    dependents: isAlone(units) ? [] : stoppedWith(stoppedOf(units)),
  };
}

/** Restarts a group: a service that sockets start, if it is active. */
export function restartGroup(group: Group): void {
  if (isAlone(group)) return restart(group.unit);
  stopAndStart(group, group.unit.section === "Socket" || isActive(group.unit));
}

/** The same, but what is not active stays so. */
export function tryRestartGroup(group: Group): void {
  if (isAlone(group)) return tryRestart(group.unit);
  stopAndStart(group, isActive(group.unit));
}

/** Stops the sockets first, so that none has a connection start a service again. */
function stopAndStart(group: Group, startsUnit: boolean): void {
  systemctl("stop", "--", ...stoppedOf(group));
  const started = startedOf(group)
    .filter((name) => startsUnit || name !== group.unit.name);
  if (started.length > 0) systemctl("start", "--", ...started);
}

/** What a person types to restart a group. */
export function howToRestartGroup(group: Group): string {
  if (isAlone(group)) return howToRestart(group.unit);
  const words = (units: readonly string[]) => units.map(shellWord).join(" ");
  return `systemctl stop ${words(stoppedOf(group))} && systemctl start ${
    words(startedOf(group))
  }`;
}

/** The units that are restarted on purpose. */
type Units = Omit<Group, "dependents">;

function isAlone({ sockets, services }: Units): boolean {
  return sockets.length === 0 && services.length === 0;
}

function stoppedOf(group: Units): string[] {
  return unitsOf(group).map(({ name }) => orInstances(name));
}

/** Of a template, connections make new instances. */
function startedOf(group: Group): string[] {
  const units = unitsOf(group).filter(({ isTemplate }) => !isTemplate)
    .map(({ name }) => name);
  return [...units, ...group.dependents];
}

/** Socket units first, as they are to be started. */
function unitsOf({ unit, sockets, services }: Units): UnitName[] {
  return [...sockets, unit, ...services];
}
