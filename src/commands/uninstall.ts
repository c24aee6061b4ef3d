/** Removes the files of units/. */

import { allBoundUnits } from "../bound_units/bound_units.ts";
import type { Arguments } from "../cli/command.ts";
import { prefixOf, reloads } from "./shared/prefix.ts";
import { executablePath } from "../install/executable.ts";
import { installedFiles } from "../install/units.ts";
import { note } from "../messages/note.ts";
import { print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";
import { shellWord } from "../messages/shell_word.ts";
import { removeIfThere } from "../os/files.ts";
import { reloadManagers } from "../systemd/systemctl.ts";

/** `denovrf uninstall` */
export function run(args: Arguments): number {
  const prefix = prefixOf(args);
  for (const { path } of installedFiles(executablePath(prefix))) {
    if (removeIfThere(`${prefix}${path}`)) print(`${prefix}${path}`);
  }
  for (const { unit } of prefix === "" ? allBoundUnits() : []) {
    note(
      `${quote(unit)} does not start any more: denovrf unbind ${
        shellWord(unit)
      }`,
    );
  }
  if (reloads(prefix)) reloadManagers();
  return 0;
}
