/** What has a unit, and its instance of denovrf@, started when the VRF comes. */

import { RUN, UNIT_FOLDERS, type UnitFolder } from "./unit_folder.ts";
import {
  linkTo,
  namesIn,
  removeFolderIfEmpty,
  removeIfThere,
} from "../os/files.ts";
import { folderOf } from "../os/path.ts";
import { enablementOf, systemctl } from "../systemd/systemctl.ts";

/** Whether an instance is enabled for as long as what a folder has lasts. */
export function isEnabledIn(folder: UnitFolder, instance: string): boolean {
  const enablement = enablementOf(instance);
  return enablement === "enabled" ||
    (folder === RUN && enablement === "enabled-runtime");
}

/** Has an instance be started whenever its interface comes. */
export function enable(folder: UnitFolder, instance: string): void {
  setEnabled("enable", folder, instance);
}

/** The same for one whose link leads to where the unit was before. */
function relink(folder: UnitFolder, instance: string): void {
  // "enable --force" leaves a link of the same name as it is (seen with 252).
  setEnabled("reenable", folder, instance);
}

/**
 * Has the links by which instances are enabled lead to the unit where it is
 * now. What systemd has loaded stays as it is.
 */
export function relinkInstances(): void {
  for (const folder of UNIT_FOLDERS) {
    for (const instance of linkedInstancesIn(folder)) relink(folder, instance);
  }
}

/** Undoes {@linkcode enable}, also if the units were uninstalled since. */
export function disable(folder: UnitFolder, instance: string): void {
  if (enablementOf(instance) !== "") setEnabled("disable", folder, instance);
  // systemctl disables nothing that does not exist.
  else removeLink(enablementLink(folder, instance));
}

/** The instances that something of a folder has be started. */
function linkedInstancesIn(folder: UnitFolder): string[] {
  const names = namesIn(folder).filter((name) => name.endsWith(".wants"))
    .flatMap((name) => namesIn(`${folder}/${name}`));
  return [...new Set(names)].filter((name) =>
    /^denovrf@.+\.service$/.test(name)
  );
}

/** Has a unit be started whenever an instance is. */
export function linkUnit(
  folder: UnitFolder,
  instance: string,
  unit: string,
): void {
  linkTo(`../${unit}`, wantsLink(folder, instance, unit));
}

/** Undoes {@linkcode linkUnit}. */
export function unlinkUnit(
  folder: UnitFolder,
  instance: string,
  unit: string,
): void {
  removeLink(wantsLink(folder, instance, unit));
}

/** Removes a link, and its folder with the last one. */
export function removeLink(path: string): void {
  removeIfThere(path);
  removeFolderIfEmpty(folderOf(path));
}

function setEnabled(
  verb: "enable" | "reenable" | "disable",
  folder: UnitFolder,
  instance: string,
): void {
  const flags = ["--quiet", "--no-reload"];
  if (folder === RUN) flags.push("--runtime");
  systemctl(verb, ...flags, "--", instance);
}

function wantsLink(
  folder: UnitFolder,
  instance: string,
  unit: string,
): string {
  return `${folder}/${instance}.wants/${unit}`;
}

/** The link that `systemctl enable` makes for an instance of denovrf@. */
function enablementLink(folder: UnitFolder, instance: string): string {
  const escaped = instance.replace(/^denovrf@|\.service$/g, "");
  return `${folder}/sys-subsystem-net-devices-${escaped}.device.wants/${instance}`;
}
