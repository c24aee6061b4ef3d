import { attempt, hasEntry } from "../systemd/files.ts";

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
 * What speaks against having root run a file; `undefined` where nothing does.
 */
export function faultOfExecutable(path: string): string | undefined {
  const info = attempt(
    `look at "${path}"`,
    () => hasEntry(path) ? Deno.statSync(path) : undefined,
  );
  if (info === undefined) return "it is not there";
  const { isFile, mode, uid } = info;
  const bits = mode ?? 0;
  if (!isFile || (bits & 0o111) === 0) return "it cannot be run";
  if (uid !== 0 || (bits & 0o022) !== 0) {
    return "others than root can change it";
  }
  return undefined;
}
