import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

/**
 * What denovrf relies on. The same table holds @std/cli and the stand-in that
 * takes its place where JSR is unreachable.
 */
const CASES: [args: string[], quiet: boolean, prefix?: string][] = [
  [[], false],
  [["--quiet"], true],
  [["--quiet", "--quiet"], true],
  [["--prefix=/mnt"], false, "/mnt"],
  [["--prefix=/mnt", "--quiet"], true, "/mnt"],
  [["--quiet", "--prefix=/mnt"], true, "/mnt"],
  [["--prefix=/a", "--prefix=/b"], false, "/b"],
  [["--prefix=a=b"], false, "a=b"],
  [["--prefix=--quiet"], false, "--quiet"],
  [["--prefix=007"], false, "007"],
  [["--prefix=true"], false, "true"],
  [["--prefix=a\n--quiet"], false, "a\n--quiet"],
];

for (const [args, quiet, prefix] of CASES) {
  Deno.test(`parseArgs() takes ${JSON.stringify(args)} apart`, () => {
    const parsed: Record<string, unknown> = parseArgs(args, {
      boolean: ["quiet"],
      string: ["prefix"],
    });
    assertEquals([parsed["quiet"], parsed["prefix"]], [quiet, prefix]);
  });
}
