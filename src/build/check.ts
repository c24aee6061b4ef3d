/** The check task: types, of everything, against whichever packages are at hand. */

import { importFlags } from "./imports.ts";

const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["check", ...await importFlags(), "main.ts", "src", "tests"],
}).spawn().status;
Deno.exit(code);
