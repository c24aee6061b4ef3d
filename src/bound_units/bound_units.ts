/**
 * Units that are bound by drop-ins. A drop-in alone decides whether its unit
 * is bound; the links that bring a unit back with its VRF, and the enabled
 * instances, follow from the drop-ins.
 */

import { comesWithVrf } from "./bindable.ts";
import {
  DROP_IN_NAME,
  type DropIn,
  dropInTexts,
  LOCK_DROP_IN_NAME,
  parseDropIn,
} from "./drop_in.ts";
import { ifnameOfInstance } from "./instance.ts";
import { UserError } from "../messages/errors.ts";
import { shellWord } from "../messages/shell_word.ts";
import { folderOf } from "../os/path.ts";
import {
  exists,
  linkTo,
  namesIn,
  readIfThere,
  removeFolderIfEmpty,
  removeIfThere,
  unfinishedOf,
  writeWhole,
} from "../os/files.ts";
import { enablementOf, systemctl } from "../systemd/systemctl.ts";
import type { UnitName } from "../systemd/unit_name.ts";

/** A unit folder of systemd that bind writes to. */
export type Scope = "/etc/systemd/system" | "/run/systemd/system";

export const ETC: Scope = "/etc/systemd/system";

export const RUN: Scope = "/run/systemd/system";

export const SCOPES: readonly Scope[] = [ETC, RUN];

/** A unit with a drop-in of ours. */
export interface BoundUnit extends DropIn {
  readonly unit: string;
  readonly scope: Scope;
}

/** A unit that comes back with a VRF. */
export interface LinkedUnit {
  readonly unit: string;
  readonly ifname: string;
  /** The path of the link that has it come back. */
  readonly path: string;
}

/** Every unit with a drop-in of ours in a scope. */
export function boundUnitsIn(scope: Scope): BoundUnit[] {
  return namesIn(scope).filter((name) => name.endsWith(".d"))
    .flatMap((folder) => {
      const unit = folder.slice(0, -".d".length);
      const dropIn = readDropIn(scope, unit);
      return dropIn === undefined ? [] : [{ ...dropIn, unit, scope }];
    });
}

/**
 * Every unit that is to be in a VRF: by its drop-in, or where somebody took
 * that out, by the link that brings the unit back with its VRF.
 *
 * @returns The VRFs by unit.
 */
export function boundUnits(): ReadonlyMap<string, string> {
  const units = new Map<string, string>();
  for (const { unit, ifname } of SCOPES.flatMap(linkedUnitsIn)) {
    units.set(unit, ifname);
  }
  for (const { unit, ifname } of SCOPES.flatMap(boundUnitsIn)) {
    units.set(unit, ifname);
  }
  return units;
}

/** Units that come back with a VRF, by the links that bind makes. */
export function linkedUnitsIn(
  scope: Scope,
): LinkedUnit[] {
  return namesIn(scope).flatMap((folder) => {
    const instance = /^denovrf@(.+)\.service\.wants$/.exec(folder)?.[1];
    if (instance === undefined) return [];
    const ifname = ifnameOfInstance(instance);
    return namesIn(`${scope}/${folder}`)
      .map((unit) => ({ unit, ifname, path: `${scope}/${folder}/${unit}` }));
  });
}

/** Where a unit's drop-in is, by default the first, whether it is there or not. */
export function dropInPath(
  scope: Scope,
  unit: string,
  name = DROP_IN_NAME,
): string {
  return `${scope}/${unit}.d/${name}`;
}

/**
 * Binds a unit: from the next daemon-reload on, it starts bound or not at all.
 *
 * @returns The paths of its drop-ins.
 */
export function addDropIn(
  scope: Scope,
  unit: UnitName,
  binding: Omit<DropIn, "enabledInstance">,
  settings: readonly string[],
): string[] {
  const { name, section } = unit;
  const { instance } = binding;
  const enablement = enablementOf(instance);
  if (enablement.startsWith("masked")) {
    throw new UserError(`Cannot bind "${name}": "${instance}" is masked`, {
      remedy: `Unmask it first: systemctl unmask ${shellWord(instance)}`,
    });
  }
  const isEnabled = isEnabledIn(scope, enablement);
  const before = readDropIn(scope, name);
  const others = boundUnitsIn(scope)
    .filter((bound) => bound.instance === instance);
  const enabledInstance = others.length > 0
    ? others.some((bound) => bound.enabledInstance)
    : !isEnabled;

  // In this order, an interruption leaves a unit that is bound, or was not.
  const texts = dropInTexts({ ...binding, enabledInstance }, section, settings);
  const written = Object.entries(texts).flatMap(([dropIn, text]) => {
    const path = dropInPath(scope, name, dropIn);
    if (text === undefined) removeIfThere(path);
    else writeWhole(path, text);
    return text === undefined ? [] : [path];
  });
  if (before !== undefined && before.instance !== instance) {
    forget(scope, name, before);
  }
  if (!isEnabled) {
    systemctl(
      "enable",
      "--quiet",
      "--no-reload",
      ...runtimeFlag(scope),
      "--",
      instance,
    );
  }
  const link = wantsLink(scope, instance, name);
  if (comesWithVrf(unit)) linkTo(`../${name}`, link);
  else removeLink(link);
  return written;
}

/**
 * Takes out what addDropIn() put in. Where somebody has taken out the drop-in,
 * that is the rest of it but for the instance, which stays enabled: nobody can
 * tell any more who has done that.
 *
 * @returns The paths of what was taken out; none where the unit was not bound.
 * @throws {UserError} Where the drop-in is not one of bind's.
 */
export function removeDropIn(scope: Scope, unit: string): string[] {
  const paths = [LOCK_DROP_IN_NAME, DROP_IN_NAME]
    .map((name) => dropInPath(scope, unit, name));
  const dropIn = readDropIn(scope, unit);
  if (dropIn !== undefined) forget(scope, unit, dropIn);
  else assertNotThere(unit, dropInPath(scope, unit));
  const links = linkedUnitsIn(scope).filter((linked) => linked.unit === unit);
  for (const { path } of links) removeLink(path);
  // The first drop-in goes last: it says what else there is to take out.
  const removed = [
    ...links.map(({ path }) => path),
    ...paths.filter(removeIfThere),
  ];
  for (const each of paths) removeIfThere(unfinishedOf(each));
  removeFolderIfEmpty(folderOf(dropInPath(scope, unit)));
  return removed;
}

/** Refuses a file that is in the place of a drop-in of bind's. */
function assertNotThere(unit: string, path: string): void {
  if (!exists(path)) return;
  throw new UserError(
    `Cannot unbind "${unit}": "${path}" is not what denovrf bind writes`,
    { remedy: `See what it is, and remove it: rm ${shellWord(path)}` },
  );
}

/** Takes a unit out of what an instance brings back, and disables that for the last. */
function forget(
  scope: Scope,
  unit: string,
  { instance, enabledInstance }: DropIn,
): void {
  removeLink(wantsLink(scope, instance, unit));
  const isLast = !boundUnitsIn(scope)
    .some((bound) => bound.instance === instance && bound.unit !== unit);
  if (!isLast || !enabledInstance) return;
  if (enablementOf(instance) === "") {
    // Uninstalled since, and systemctl disables nothing that is not there.
    removeLink(enablementLink(scope, instance));
    return;
  }
  systemctl(
    "disable",
    "--quiet",
    "--no-reload",
    ...runtimeFlag(scope),
    "--",
    instance,
  );
}

/** Whether a unit is enabled for as long as what a scope holds lasts. */
function isEnabledIn(scope: Scope, enablement: string): boolean {
  return enablement === "enabled" ||
    (scope === RUN && enablement === "enabled-runtime");
}

function readDropIn(scope: Scope, unit: string): DropIn | undefined {
  return parseDropIn(readIfThere(dropInPath(scope, unit)) ?? "");
}

function wantsLink(scope: Scope, instance: string, unit: string): string {
  return `${scope}/${instance}.wants/${unit}`;
}

/** The link that `systemctl enable` makes of an instance of denovrf@. */
function enablementLink(scope: Scope, instance: string): string {
  const escaped = instance.replace(/^denovrf@|\.service$/g, "");
  return `${scope}/sys-subsystem-net-devices-${escaped}.device.wants/${instance}`;
}

function removeLink(path: string): void {
  removeIfThere(path);
  removeFolderIfEmpty(folderOf(path));
}

function runtimeFlag(scope: Scope): string[] {
  return scope === RUN ? ["--runtime"] : [];
}
