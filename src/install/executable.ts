/** The executable of denovrf: its path, and who can change it. */

import { executableIn, type Place, unitPath, UNITS } from "./units.ts";
import { isOpenToOthers, readTextIfExists, statusOf } from "../os/files.ts";

/**
 * The absolute path of the executable that is running: the compiled one, or
 * the script, whose path is that of the main module.
 *
 * @param prefix The root of the system that the path is for: below it, the
 * path is as that system will see it.
 */
export function executablePath(prefix = ""): string {
  const path = Deno.build.standalone
    ? Deno.execPath()
    : decodeURIComponent(new URL(Deno.mainModule).pathname);
  const real = Deno.realPathSync(path);
  return real.startsWith(`${prefix}/`) ? real.slice(prefix.length) : real;
}

/**
 * The executable that the units in a place run; `undefined` if there are
 * none.
 *
 * @param prefix The root of the system that has them.
 */
export function executableOfUnits(
  place: Place,
  prefix = "",
): string | undefined {
  const [main = ""] = UNITS;
  const text = readTextIfExists(`${prefix}${unitPath(main, place)}`);
  return text === undefined ? undefined : executableIn(text);
}

/**
 * What speaks against having root run a file; `undefined` if nothing does.
 */
export function faultOfExecutable(path: string): string | undefined {
  const status = statusOf(path);
  if (status === undefined) return "it does not exist";
  const { isFile, mode, uid } = status;
  if (!isFile || ((mode ?? 0) & 0o111) === 0) return "it is not executable";
  if (uid !== 0 || isOpenToOthers(status)) {
    return "users other than root can modify it";
  }
  return undefined;
}
