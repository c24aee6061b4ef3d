/** The operands of start and stop. */

import { ifnameOfInstance } from "../../bound_units/instance.ts";
import type { Arguments } from "../../cli/command.ts";

/** The VRFs on the command line; `undefined` for `--all`. */
export function vrfOperands(
  { operands, flags }: Arguments,
): string[] | undefined {
  if (flags.has("all")) return undefined;
  return operands.map((operand) =>
    flags.has("instance") ? ifnameOfInstance(operand) : operand
  );
}
