/** Prints the help, or the manual page. */

import type { Arguments } from "../cli/command.ts";
import { commandNamed } from "../cli/commands.ts";
import { help, helpOf } from "../cli/help.ts";

/** `denovrf help` */
export async function run({ operands, flags }: Arguments): Promise<number> {
  const [name] = operands;
  if (flags.has("man")) {
    const { manual } = await import("../cli/man.ts");
    console.log(manual());
    return 0;
  }
  if (name === undefined) {
    console.log(help());
    return 0;
  }
  console.log(helpOf(commandNamed(name)));
  return 0;
}
