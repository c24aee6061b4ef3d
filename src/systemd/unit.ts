/** Units as systemd knows them. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import {
  enablementOf,
  isBooted,
  type ShowUnit,
  showUnit,
  systemctl,
} from "./systemctl.ts";
import {
  orInstances,
  parseUnitName,
  type UnitName,
  unitNames,
} from "./unit_name.ts";

/**
 * The unit that a person means: for an alias, the one that it stands for, whose
 * drop-ins are those that count.
 */
export function resolveAlias(unit: UnitName): UnitName {
  if (unit.isTemplate || unit.isPrefix || !isBooted()) return unit;
  return parseUnitName(showUnit(unit.name, ["Id"]).get("Id") || unit.name);
}

/** Refuses a name that stands for units which nobody wants to restart at once. */
export function assertRestartable({ name, isPrefix }: UnitName): void {
  if (!isPrefix) return;
  throw new UserError(
    `Cannot restart ${quote(name)}: it is a prefix of other units`,
    {
      remedy: "Restart those units; for a session, log in again",
    },
  );
}

/**
 * Whether a unit runs, or was meant to, and systemd would start it again; of
 * what stands for other units, nobody can tell.
 */
export function isRestartDue(
  { name, isTemplate, isPrefix }: UnitName,
): boolean {
  if (isTemplate || isPrefix) return true;
  const properties = showUnit(name, ["ActiveState", "LoadState"]);
  return properties.get("ActiveState") !== "inactive" &&
    properties.get("LoadState") !== "masked";
}

/** Whether a unit runs; of a template, nobody can tell what should. */
export function isActive({ name, isTemplate }: UnitName): boolean {
  return isTemplate || runs(name);
}

/** Whether a unit runs, or was meant to. */
export function isActiveOrFailed({ name }: UnitName): boolean {
  return stateOf(name) !== "inactive";
}

/** The instances of a template that systemd knows; any other unit is its own. */
export function instancesOf(unit: UnitName): UnitName[] {
  if (!unit.isTemplate) return [unit];
  const ids = showUnit(orInstances(unit.name), ["Id"]).get("Id") ?? "";
  return unitNames(ids).map(parseUnitName);
}

/**
 * Restarts the units that require another one, and starts those that it wants.
 *
 * @param wanted Units that it wants too, of which systemd may not know yet.
 * @returns What failed: a unit that is masked does not keep the others down.
 */
export function restartDependents(
  unit: string,
  wanted: readonly string[],
): UserError[] {
  const properties = showUnit(unit, ["RequiredBy", "Wants"]);
  const required = unitNames(properties.get("RequiredBy") ?? "");
  const services = activeServicesOf(required);
  const others = required.filter((name) => !services.includes(name));
  const started = [...unitNames(properties.get("Wants") ?? ""), ...wanted];
  return [
    // systemd starts no socket unit whose service runs.
    ...tryOn(["stop"], services),
    ...tryOn(["--no-block", "try-restart"], others),
    ...tryOn(["--no-block", "start"], [...new Set([...services, ...started])]),
  ];
}

/** Has systemctl change units, if there are any. @returns What failed. */
function tryOn(
  words: readonly string[],
  units: readonly string[],
): UserError[] {
  if (units.length === 0) return [];
  try {
    systemctl(...words, "--", ...units);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [error];
  }
}

/** The services that run, and get their sockets from active socket units. */
function activeServicesOf(units: readonly string[]): string[] {
  return units.filter((name) => name.endsWith(".socket") && isActiveNow(name))
    .flatMap(triggeredBy)
    .filter(isActiveNow);
}

/**
 * The units that are active, and that systemd stops with others: those that
 * require them, are bound to them, or part of them.
 */
export function stoppedWith(units: readonly string[]): string[] {
  const found = [...units];
  for (const unit of found) {
    const properties = showUnit(unit, ["BoundBy", "ConsistsOf", "RequiredBy"]);
    const dependents = [...properties.values()].flatMap(unitNames)
      .filter((name) => !found.includes(name) && runs(name));
    found.push(...new Set(dependents));
  }
  return found.slice(units.length);
}

function isActiveNow(unit: string): boolean {
  return stateOf(unit) === "active";
}

/** Whether a unit is active, or is becoming so. */
function runs(unit: string): boolean {
  return !["inactive", "failed"].includes(stateOf(unit));
}

function stateOf(unit: string): string {
  return showUnit(unit, ["ActiveState"]).get("ActiveState") ?? "inactive";
}

/**
 * The services that a socket unit hands its sockets. Those of one with
 * Accept=yes are a connection each: they outlive it, and start no more.
 */
export function triggeredBy(socket: string): string[] {
  const properties = showUnit(socket, ["Accept", "Triggers"]);
  return properties.get("Accept") === "yes"
    ? []
    : unitNames(properties.get("Triggers") ?? "");
}

/** What systemd says of a unit's file, such as `loaded` or `not-found`. */
export function loadStateOf(
  { name, isTemplate, isPrefix }: UnitName,
  show: ShowUnit = showUnit,
): string {
  // It is no unit itself, and there need not be any of its kind yet.
  if (isPrefix) return "loaded";
  // systemctl show takes no template, and what is-enabled says of one suffices.
  if (!isTemplate) return show(name, ["LoadState"]).get("LoadState") ?? "";
  const enablement = enablementOf(name);
  if (enablement.startsWith("masked")) return "masked";
  return enablement === "" ? "not-found" : "loaded";
}
