import { type Arguments } from "../commands.ts";
import { executablePath } from "../executable.ts";
import { boundUnitsIn, SCOPES } from "../systemd/bound_units.ts";
import { removeIfThere } from "../systemd/files.ts";
import { reloadManagers } from "../systemd/systemd.ts";
import { installedFiles } from "../systemd/units.ts";
import { prefixOf, reloads } from "./prefix.ts";
import { shellWord } from "../shell_word.ts";

/** `denovrf uninstall` */
export function run(args: Arguments): number {
  const prefix = prefixOf(args);
  for (const { path } of installedFiles(executablePath(prefix))) {
    if (removeIfThere(`${prefix}${path}`)) console.log(`${prefix}${path}`);
  }
  for (const { unit } of prefix === "" ? SCOPES.flatMap(boundUnitsIn) : []) {
    console.error(
      `denovrf: Note: "${unit}" does not start any more: denovrf unbind ${
        shellWord(unit)
      }`,
    );
  }
  if (reloads(prefix)) reloadManagers();
  return 0;
}
