/** Prints the completion script of a shell. */

import type { Arguments } from "../cli/command.ts";
import { SCRIPTS } from "../cli/completion.ts";
import { UsageError } from "../messages/errors.ts";
import { print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";

/** `denovrf completion` */
export function run({ operands }: Arguments): number {
  const [shell = ""] = operands;
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    throw new UsageError(`Unknown shell ${quote(shell)}`, {
      remedy: `Use one of: ${Object.keys(SCRIPTS).join(", ")}`,
    });
  }
  print(script);
  return 0;
}
