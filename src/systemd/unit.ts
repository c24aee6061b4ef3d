/** Units as systemd knows them. */

import { UserError } from "../errors.ts";
import { enablementOf, isBooted, showUnit, systemctl } from "./systemd.ts";
import type { Mode } from "../bpf/programs.ts";
import { instancesOf } from "./drop_in.ts";
import {
  namesOfDropIns,
  parseUnitName,
  templateOf,
  type UnitName,
  unitNames,
} from "./unit_name.ts";
import { shellWord } from "../shell_word.ts";

/**
 * By what names drop-ins apply to what cannot wait for denovrf@: our own units,
 * and slices that hold them.
 */
const OURS = [
  ...["-.slice", "system.slice", "system-denovrf.slice", "denovrf-all.service"],
  ...["", "-attach", "-follow", "-gone", "-lock", "-loopback"]
    .map((name) => `denovrf${name}@x.service`),
].flatMap(namesOfDropIns);

/**
 * The unit that a person means: for an alias, the one that it stands for, whose
 * drop-ins are those that count.
 */
export function resolveAlias(unit: UnitName): UnitName {
  if (unit.isTemplate || unit.isPrefix || !isBooted()) return unit;
  return parseUnitName(showUnit(unit.name, "Id").get("Id") || unit.name);
}

/**
 * Whether a unit is to be started whenever its VRF comes: not one that only a
 * timer, a socket or a path starts, nor a mount or a swap that nobody wants.
 */
export function comesWithVrf(unit: UnitName): boolean {
  // A template has no process; its instances come back on their own terms.
  if (unit.isTemplate || unit.isPrefix) return false;
  const properties = showUnit(
    unit.name,
    ...["UnitFileState", "TriggeredBy", "WantedBy", "RequiredBy"],
  );
  const listed = (property: string) =>
    unitNames(properties.get(property) ?? "");
  const isWanted = properties.get("UnitFileState")?.startsWith("enabled") ||
    [...listed("WantedBy"), ...listed("RequiredBy")]
      .some((name) => !name.startsWith("denovrf@"));
  if (isWanted) return true;
  return listed("TriggeredBy").length === 0 &&
    unit.section !== "Mount" && unit.section !== "Swap";
}

/**
 * Refuses units that cannot be bound.
 *
 * @throws {UserError} Where a unit does not exist, is masked, or has denovrf@
 * inside, and where the units of denovrf are not installed.
 */
export function assertBindable(unit: UnitName, mode: Mode): void {
  const attempt = `Cannot bind "${unit.name}"`;
  if ([unit.name, templateOf(unit.name)].some((name) => OURS.includes(name))) {
    throw new UserError(
      `${attempt}: that would bind what binds it, denovrf's own units`,
    );
  }
  const state = loadStateOf(unit);
  if (state === "masked") {
    throw new UserError(`${attempt}: it is masked`, {
      remedy: `Unmask it first: systemctl unmask ${shellWord(unit.name)}`,
    });
  }
  if (state !== "loaded") {
    throw new UserError(`${attempt}: there is no such unit (${state})`);
  }
  assertOwnRoot(unit, attempt);
  const needed = instancesOf("denovrf@.service", mode);
  if (needed.some((template) => enablementOf(template) === "")) {
    throw new UserError(`${attempt}: the units of denovrf are not installed`, {
      remedy: "Install them first: denovrf install",
    });
  }
}

/** What helps a unit that has a root of its own; see otherRootOf(). */
export const BIND_ITS_SLICE =
  "Put it into a slice of its own, Slice=, and bind that";

/** Refuses a unit with another root: what attaches would be run in there. */
function assertOwnRoot(unit: UnitName, attempt: string): void {
  const setting = otherRootOf(unit);
  if (setting === undefined) return;
  throw new UserError(
    `${attempt}: it has ${setting}=, and what attaches would be run in there`,
    { remedy: BIND_ITS_SLICE },
  );
}

/** The setting by which a unit has another root; `undefined` for none. */
export function otherRootOf(unit: UnitName): string | undefined {
  if (unit.isPrefix) return undefined;
  // systemctl show takes no template, but any instance, be it there or not.
  const name = unit.isTemplate ? unit.name.replace("@.", "@x.") : unit.name;
  const settings = ["RootDirectory", "RootImage", "RootMStack"];
  const properties = showUnit(name, ...settings);
  return settings.find((setting) =>
    !["", "/"].includes(properties.get(setting) ?? "")
  );
}

/** Refuses a name that stands for units which nobody wants to restart at once. */
export function assertRestartable({ name, isPrefix }: UnitName): void {
  if (!isPrefix) return;
  throw new UserError(`Cannot restart "${name}": it stands for other units`, {
    remedy: "Restart those that you mean; a session, by logging in again",
  });
}

/** Starts a unit again: of a template, the instances that run. */
export function restart(unit: UnitName): void {
  if (unit.isTemplate) tryRestart(unit);
  else systemctl("restart", "--", unit.name);
}

/** The same, but what does not run stays so. */
export function tryRestart({ name }: UnitName): void {
  systemctl("try-restart", "--", name.replace("@.", "@*."));
}

/** What a person types, or does, to start a unit again. */
export function howToRestart({ name, isTemplate, isPrefix }: UnitName): string {
  if (isPrefix) return "restart what it stands for; a session, by a new login";
  return isTemplate
    ? `systemctl try-restart '${name.replace("@.", "@*.")}'`
    : `systemctl restart ${shellWord(name)}`;
}

/** What a person types to start a unit that does not run. */
export function howToStart({ name }: UnitName): string {
  return `systemctl start ${shellWord(name)}`;
}

/** Whether a unit runs; of a template, nobody can tell what should. */
export function isActive({ name, isTemplate }: UnitName): boolean {
  if (isTemplate) return true;
  const state = showUnit(name, "ActiveState").get("ActiveState");
  return state !== "inactive" && state !== "failed";
}

/** Restarts the units that require another one, and starts those that it wants. */
export function bringBack(unit: string): void {
  const properties = showUnit(unit, "RequiredBy", "Wants");
  const jobs = [
    ["try-restart", ...unitNames(properties.get("RequiredBy") ?? "")],
    ["start", ...unitNames(properties.get("Wants") ?? "")],
  ];
  let failure: unknown;
  for (const [verb = "", ...units] of jobs) {
    if (units.length === 0) continue;
    try {
      systemctl("--no-block", verb, "--", ...units);
    } catch (error) {
      // One that is masked, for example, does not keep the others down.
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}

/** What systemd says of a unit's file, such as `loaded` or `not-found`. */
export function loadStateOf({ name, isTemplate, isPrefix }: UnitName): string {
  // It is no unit itself, and there need not be any of its kind yet.
  if (isPrefix) return "loaded";
  // systemctl show takes no template, and what is-enabled says of one suffices.
  if (!isTemplate) return showUnit(name, "LoadState").get("LoadState") ?? "";
  const enablement = enablementOf(name);
  if (enablement.startsWith("masked")) return "masked";
  return enablement === "" ? "not-found" : "loaded";
}
