/** The version of denovrf. */

import config from "../../deno.json" with { type: "json" };

/** What `denovrf --version` prints: the version, and the form of the program. */
export function version(): string {
  const form = Deno.build.standalone ? "compiled" : "script";
  return `denovrf ${config.version} (${form}, Deno ${Deno.version.deno})`;
}
