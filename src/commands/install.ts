/** Installs the files of units/. */

import {
  replaceEarlierAll,
  rewriteEarlierDropIns,
  stopEarlierUnits,
} from "../bound_units/upgrade.ts";
import type { Arguments } from "../cli/command.ts";
import { prefixOf, reloads } from "./shared/prefix.ts";
import { executablePath, faultOfExecutable } from "../install/executable.ts";
import { EARLIER_UNITS, installedFiles, unitPath } from "../install/units.ts";
import { note } from "../messages/note.ts";
import { print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";
import { exists, removeIfThere, writeWhole } from "../os/files.ts";
import { reloadManagers } from "../systemd/systemctl.ts";

/** `denovrf install` */
export function run(args: Arguments): number {
  const prefix = prefixOf(args);
  const executable = executablePath(prefix);
  const fault = prefix === "" ? faultOfExecutable(executable) : undefined;
  if (fault !== undefined) {
    note(`root is going to run ${quote(executable)}, and ${fault}`);
  }
  const earlier = EARLIER_UNITS.map((unit) => `${prefix}${unitPath(unit)}`)
    .filter(exists);
  for (const { path, text } of installedFiles(executable)) {
    writeWhole(`${prefix}${path}`, text);
    print(`${prefix}${path}`);
  }
  if (!reloads(prefix)) {
    for (const path of earlier) removeIfThere(path);
    return 0;
  }
  takeOver(earlier);
  return 0;
}

/**
 * Replaces what an earlier version left, under units that run: they stay bound
 * by what is attached to their cgroups.
 *
 * @param earlier The paths of its units.
 */
function takeOver(earlier: readonly string[]): void {
  for (const instance of earlier.length > 0 ? replaceEarlierAll() : []) {
    note(`${quote(instance)} is enabled`);
  }
  for (const path of rewriteEarlierDropIns()) print(path);
  for (const path of earlier) removeIfThere(path);
  reloadManagers();
  if (earlier.length > 0) stopEarlierUnits();
}
