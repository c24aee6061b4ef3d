import { type Arguments } from "../commands.ts";
import { executablePath } from "../executable.ts";
import { removeIfThere } from "../systemd/installed_files.ts";
import { systemctl } from "../systemd/systemd.ts";
import { installedFiles } from "../systemd/units.ts";
import { prefixOf, reloads } from "./prefix.ts";

/** `denovrf uninstall` */
export function run(args: Arguments): number {
  const prefix = prefixOf(args);
  for (const { path } of installedFiles(executablePath(prefix))) {
    if (removeIfThere(`${prefix}${path}`)) console.log(`${prefix}${path}`);
  }
  if (reloads(prefix)) systemctl("daemon-reload");
  return 0;
}
