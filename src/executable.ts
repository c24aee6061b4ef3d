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
