/** Installs the files of units/, unless a package has. */

import { relinkInstances } from "../bound_units/enablement.ts";
import type { Arguments } from "../cli/command.ts";
import { prefixOf, reloads } from "./shared/prefix.ts";
import {
  executableOfUnits,
  executablePath,
  faultOfExecutable,
} from "../install/executable.ts";
import { installedFiles, LOCAL, PACKAGED } from "../install/units.ts";
import { note, print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";
import { removeIfExists, writeWhole } from "../os/files.ts";
import { reloadManagers } from "../systemd/systemctl.ts";

/** `denovrf install` */
export function run(args: Arguments): number {
  const prefix = prefixOf(args);
  const packaged = executableOfUnits(PACKAGED, prefix);
  if (packaged === undefined) write(prefix);
  else leaveToPackage(prefix, packaged);
  if (!reloads(prefix)) return 0;
  if (packaged !== undefined) relinkInstances();
  reloadManagers();
  return 0;
}

function write(prefix: string): void {
  const executable = executablePath(prefix);
  const fault = prefix === "" ? faultOfExecutable(executable) : undefined;
  if (fault !== undefined) {
    note(`systemd will run ${quote(executable)} as root, but ${fault}`);
  }
  for (const { path, text } of installedFiles(executable)) {
    writeWhole(`${prefix}${path}`, text);
    print(`${prefix}${path}`);
  }
}

/** Takes out what would hide the files of a package. */
function leaveToPackage(prefix: string, packaged: string): void {
  note(`a package has installed the units, which run ${quote(packaged)}`);
  const before = executableOfUnits(LOCAL, prefix);
  for (const { path } of installedFiles("/")) {
    if (!removeIfExists(`${prefix}${path}`)) continue;
    note(`${quote(`${prefix}${path}`)} hid the package's, and is removed`);
  }
  if (before !== undefined && before !== packaged) {
    note(`no unit runs ${quote(before)} any more`);
  }
}
