/** The operands of start and stop. */

import { ifnameOfInstance } from "../../bound_units/instance.ts";
import type { Arguments } from "../../cli/command.ts";
import { UsageError } from "../../messages/errors.ts";

/**
 * The VRFs on the command line; `undefined` for `--all`.
 *
 * @throws {UsageError} Where there are none, or both.
 */
export function vrfOperands(
  { operands, flags }: Arguments,
): string[] | undefined {
  if (flags.has("all")) {
    if (operands.length > 0) throw new UsageError("Both VRFs and --all given");
    return undefined;
  }
  if (operands.length === 0) throw new UsageError("No VRF is given");
  return operands.map((operand) =>
    flags.has("instance") ? ifnameOfInstance(operand) : operand
  );
}
