/** Removes the files of units/. */

import { allBoundUnits } from "../bound_units/bound_units.ts";
import type { Arguments } from "../cli/command.ts";
import { prefixOf, reloads } from "./shared/prefix.ts";
import { executableOfUnits, executablePath } from "../install/executable.ts";
import { installedFiles, PACKAGED } from "../install/units.ts";
import { note, print } from "../messages/print.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { removeIfExists } from "../os/files.ts";
import { reloadManagers } from "../systemd/systemctl.ts";

/** `denovrf uninstall` */
export function run(args: Arguments): number {
  const prefix = prefixOf(args);
  for (const { path } of installedFiles(executablePath(prefix))) {
    if (removeIfExists(`${prefix}${path}`)) print(`${prefix}${path}`);
  }
  if (executableOfUnits(PACKAGED, prefix) !== undefined) {
    note("the units of a package stay until that is removed");
  } else if (prefix === "") {
    noteBoundUnits();
  }
  if (reloads(prefix)) reloadManagers();
  return 0;
}

function noteBoundUnits(): void {
  for (const { unit } of allBoundUnits()) {
    note(
      `${quote(unit)} is still bound and will not start`,
      `Unbind it: denovrf unbind ${shellWord(unit)}`,
    );
  }
}
