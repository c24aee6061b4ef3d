/**
 * Restarts a unit together with those that hand sockets to each other: systemd
 * starts no socket unit whose service runs.
 */

import { servicesOf } from "./sockets.ts";
import { tell } from "../messages/print.ts";
import { shellWord } from "../messages/quote.ts";
import { systemctl } from "../systemd/systemctl.ts";
import {
  instancesOf,
  isActive,
  isRestartDue,
  stoppedWith,
} from "../systemd/unit.ts";
import { orInstances, type UnitName } from "../systemd/unit_name.ts";

/** A unit, and what has to be restarted with it; of a template, instances. */
export interface Group {
  /** The unit that a person named. */
  readonly unit: UnitName;
  /** Socket units, among them the one that a person named. */
  readonly sockets: readonly string[];
  /** Services that are active, among them the one that a person named. */
  readonly services: readonly string[];
  /** Units that are active, and that systemd stops with these. */
  readonly dependents: readonly string[];
  /** The pattern of services that are one connection each, and start no more. */
  readonly connections: string | undefined;
}

/**
 * The group of a unit as it is now.
 *
 * @param sockets The socket units that hand a service its sockets.
 * @param isRestarted Whether a socket unit is to be restarted, in its state.
 */
export function groupOf(
  unit: UnitName,
  sockets: readonly UnitName[],
  isRestarted: (socket: UnitName) => boolean,
): Group {
  const isSocket = unit.section === "Socket";
  const opened = (isSocket ? [unit] : sockets).flatMap(instancesOf)
    .filter(isRestarted);
  const areConnections = unit.isTemplate &&
    sockets.some(({ isTemplate }) => !isTemplate);
  const isOneOfThem = !isSocket && !areConnections && opened.length > 0;
  const services = [
    ...isOneOfThem ? instancesOf(unit) : [],
    ...opened.flatMap(servicesOf),
  ].filter(isActive);
  const group = {
    unit,
    sockets: namesOf(opened),
    services: namesOf(services),
    dependents: [],
    connections: areConnections ? orInstances(unit.name) : undefined,
  };
  return isAlone(group)
    ? group
    : { ...group, dependents: stoppedWith(stoppedOf(group)) };
}

/** Restarts a group, and a unit that is alone although it is not active. */
export function restartGroup(group: Group): void {
  for (const [verb, ...units] of stepsOf(group)) {
    systemctl(verb, "--", ...units);
  }
}

/** The same, but a unit that is alone and not active stays so. */
export function tryRestartGroup(group: Group): void {
  if (!isAlone(group) || isActive(group.unit)) restartGroup(group);
}

/** Tells how to restart a group, unless nothing of it runs. */
export function tellHowToRestart(group: Group): void {
  if (isAlone(group) && !isRestartDue(group.unit)) return;
  const how = group.unit.isPrefix
    ? "restart the units it applies to; for a session, log in again"
    : stepsOf(group)
      .map((step) => ["systemctl", ...step].map(shellWord).join(" "))
      .join(" && ");
  tell(`To apply this: ${how}`);
}

function isAlone({ unit, sockets, services }: Group): boolean {
  return unit.section === "Socket"
    ? services.length === 0
    : sockets.length === 0;
}

/** What systemctl is told, in this order: a verb, and units. */
function stepsOf(
  group: Group,
): (readonly [verb: string, ...units: string[]])[] {
  const { unit, sockets, services, dependents, connections } = group;
  if (isAlone(group)) {
    return unit.isTemplate
      ? [["try-restart", orInstances(unit.name)]]
      : [["restart", unit.name]];
  }
  return [
    ["stop", ...stoppedOf(group)],
    ["start", ...sockets, ...services, ...dependents],
    // Last, for one of them may be the connection of who restarts this.
    ...connections === undefined ? [] : [["stop", connections] as const],
  ];
}

/** Sockets first, so that none has a connection start a service again. */
function stoppedOf({ unit, sockets, services }: Group): string[] {
  // A connection may start the unit until the sockets are closed.
  const named = unit.isTemplate ? [] : [unit.name];
  return [...new Set([...sockets, ...named, ...services])];
}

function namesOf(units: readonly UnitName[]): string[] {
  return [...new Set(units.map(({ name }) => name))];
}
