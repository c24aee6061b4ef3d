/** What has a unit, and its instance of denovrf@, started when the VRF comes. */

import { RUN, UNIT_DIRECTORIES, type UnitDirectory } from "./bound_units.ts";
import { nameInInstance } from "./instance.ts";
import {
  directoryOf,
  linkTo,
  namesIn,
  removeDirectoryIfEmpty,
  removeIfExists,
} from "../os/files.ts";
import { enablementOf, systemctl } from "../systemd/systemctl.ts";

/** Whether an instance is enabled for as long as what a directory has lasts. */
export function isEnabledIn(
  directory: UnitDirectory,
  instance: string,
): boolean {
  const enablement = enablementOf(instance);
  return enablement === "enabled" ||
    (directory === RUN && enablement === "enabled-runtime");
}

/** Has an instance be started whenever its interface comes. */
export function enable(directory: UnitDirectory, instance: string): void {
  setEnabled("enable", directory, instance);
}

/**
 * Has the links by which instances are enabled lead to the unit where it is
 * now. What systemd has loaded stays as it is.
 */
export function relinkInstances(): void {
  for (const directory of UNIT_DIRECTORIES) {
    for (const instance of linkedInstancesIn(directory)) {
      // "enable --force" leaves a link of the same name as it is (seen with 252).
      setEnabled("reenable", directory, instance);
    }
  }
}

/** Undoes {@linkcode enable}, also if the units were uninstalled since. */
export function disable(directory: UnitDirectory, instance: string): void {
  if (enablementOf(instance) !== "") setEnabled("disable", directory, instance);
  // systemctl disables nothing that does not exist.
  else removeLink(enablementLink(directory, instance));
}

/** The instances that something of a directory has be started. */
function linkedInstancesIn(directory: UnitDirectory): string[] {
  const names = namesIn(directory).filter((name) => name.endsWith(".wants"))
    .flatMap((name) => namesIn(`${directory}/${name}`));
  return [...new Set(names)]
    .filter((name) => nameInInstance(name) !== undefined);
}

/** Has a unit be started whenever an instance is. */
export function linkUnit(
  directory: UnitDirectory,
  instance: string,
  unit: string,
): void {
  linkTo(`../${unit}`, wantsLink(directory, instance, unit));
}

/** Undoes {@linkcode linkUnit}. */
export function unlinkUnit(
  directory: UnitDirectory,
  instance: string,
  unit: string,
): void {
  removeLink(wantsLink(directory, instance, unit));
}

/** Removes a link, and its directory with the last one. */
export function removeLink(path: string): void {
  removeIfExists(path);
  removeDirectoryIfEmpty(directoryOf(path));
}

function setEnabled(
  verb: "enable" | "reenable" | "disable",
  directory: UnitDirectory,
  instance: string,
): void {
  const flags = ["--quiet", "--no-reload"];
  if (directory === RUN) flags.push("--runtime");
  systemctl(verb, ...flags, "--", instance);
}

function wantsLink(
  directory: UnitDirectory,
  instance: string,
  unit: string,
): string {
  return `${directory}/${instance}.wants/${unit}`;
}

/** The link that `systemctl enable` makes for an instance of denovrf@. */
function enablementLink(directory: UnitDirectory, instance: string): string {
  const device = `sys-subsystem-net-devices-${nameInInstance(instance)}.device`;
  return `${directory}/${device}.wants/${instance}`;
}
