/** The version of denovrf. */

import * as unicodeWidth from "@std/cli/unicode-width";
import config from "../../deno.json" with { type: "json" };

/** What `denovrf --version --verbose` prints: also the packages in the program. */
export function versions(): string {
  // The module that stands in for JSR's says so.
  const isStandIn = "IS_STAND_IN" in unicodeWidth;
  const cli = config.imports["@std/cli"];
  return `${version()}\n${cli}${isStandIn ? " (a stand-in)" : ""}`;
}

/** What `denovrf --version` prints: the version, and the form of the program. */
export function version(): string {
  const form = Deno.build.standalone ? "compiled" : "script";
  return `denovrf ${config.version} (${form}, Deno ${Deno.version.deno})`;
}
