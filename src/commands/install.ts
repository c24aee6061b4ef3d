/** Installs the files of units/. */

import type { Arguments } from "../cli/command.ts";
import { prefixOf, reloads } from "./shared/prefix.ts";
import { executablePath, faultOfExecutable } from "../install/executable.ts";
import { installedFiles } from "../install/units.ts";
import { writeWhole } from "../os/files.ts";
import { reloadManagers } from "../systemd/systemctl.ts";

/** `denovrf install` */
export function run(args: Arguments): number {
  const prefix = prefixOf(args);
  const executable = executablePath(prefix);
  const fault = prefix === "" ? faultOfExecutable(executable) : undefined;
  if (fault !== undefined) {
    console.error(
      `denovrf: Note: root is going to run "${executable}", and ${fault}`,
    );
  }
  for (const { path, text } of installedFiles(executable)) {
    writeWhole(`${prefix}${path}`, text);
    console.log(`${prefix}${path}`);
  }
  if (reloads(prefix)) reloadManagers();
  return 0;
}
