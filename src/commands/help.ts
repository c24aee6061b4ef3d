/** Prints the help, or the manual page. */

import type { Arguments } from "../cli/command.ts";
import { commandNamed } from "../cli/commands.ts";
import { help, helpOf } from "../cli/help.ts";
import { print } from "../messages/print.ts";

/** `denovrf help` */
export async function run({ operands, flags }: Arguments): Promise<number> {
  const [name] = operands;
  if (flags.has("man")) {
    const { manual } = await import("../cli/man.ts");
    print(manual());
    return 0;
  }
  if (name === undefined) {
    print(help());
    return 0;
  }
  print(helpOf(commandNamed(name)));
  return 0;
}
