/** The option `--prefix` of install and uninstall. */

import type { Arguments } from "../../cli/command.ts";
import { isBooted } from "../../systemd/systemctl.ts";

/**
 * The root directory of the system to install into, without a "/" at its end: ""
 * for the one that is running.
 */
export function prefixOf({ values }: Arguments): string {
  const prefix = values.get("prefix");
  if (prefix === undefined) return "";
  return absolute(prefix).replace(/\/+$/, "");
}

/** Whether a systemd runs that has to hear of the change. */
export function reloads(prefix: string): boolean {
  return prefix === "" && isBooted();
}

/** The path without symbolic links, so that others can be compared with it. */
function absolute(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  }
}
