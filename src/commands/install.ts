import { type Arguments } from "../commands.ts";
import { executablePath } from "../executable.ts";
import { faultOfExecutable, writeWhole } from "../systemd/files.ts";
import { reloadManagers } from "../systemd/systemd.ts";
import { installedFiles } from "../systemd/units.ts";
import { prefixOf, reloads } from "./prefix.ts";

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
