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
  tryRestart,
} from "../../systemd/unit.ts";
import type { UnitName } from "../../systemd/unit_name.ts";

/** A unit, and what has to be restarted with it. */
export interface Group {
  /** The unit that a person named. */
  readonly unit: UnitName;
  /** Socket units that are active. */
  readonly sockets: readonly UnitName[];
  /** Services that are active, and get their sockets from them. */
  readonly services: readonly UnitName[];
}

/**
 * The group of a unit as it is now.
 *
 * @param sockets The socket units that hand a service its sockets.
 */
export function groupOf(unit: UnitName, sockets: readonly UnitName[]): Group {
  const isSocket = unit.section === "Socket";
  return {
    unit,
    sockets: isSocket ? [] : sockets.filter(isActive),
    services: isSocket ? servicesOf(unit).filter(isActive) : [],
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
  const names = namesOf(group);
  systemctl("stop", "--", ...names.map(patternOf));
  const started = names
    .filter((name) => !isTemplate(name))
    .filter((name) => startsUnit || name !== group.unit.name);
  systemctl("start", "--", ...started);
}

/** What a person types to restart a group. */
export function howToRestartGroup(group: Group): string {
  if (isAlone(group)) return howToRestart(group.unit);
  const names = namesOf(group);
  const words = (units: readonly string[]) => units.map(shellWord).join(" ");
  const started = names.filter((name) => !isTemplate(name));
  return `systemctl stop ${words(names.map(patternOf))} && systemctl start ${
    words(started)
  }`;
}

function isAlone({ sockets, services }: Group): boolean {
  return sockets.length === 0 && services.length === 0;
}

/** Socket units first, as they are to be started. */
function namesOf({ unit, sockets, services }: Group): string[] {
  return [...sockets, unit, ...services].map(({ name }) => name);
}

/** Of a template, its instances; connections make new ones. */
function patternOf(name: string): string {
  return name.replace("@.", "@*.");
}

function isTemplate(name: string): boolean {
  return name.includes("@.");
}
