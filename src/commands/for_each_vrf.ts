import type { Arguments } from "../commands.ts";
import { UsageError, UserError } from "../errors.ts";
import { ifnameOfInstance } from "../netdev/ifname.ts";
import { printError } from "../print_error.ts";

/**
 * Does something for every VRF on the command line. One that fails does not
 * keep the others from their turn.
 *
 * @returns The exit status.
 * @throws {UsageError} Where no VRF is given.
 */
export function forEachVrf(
  { operands, flags }: Arguments,
  act: (ifname: string) => void,
): number {
  if (operands.length === 0) throw new UsageError("No VRF is given");
  let status = 0;
  for (const operand of operands) {
    try {
      act(flags.has("instance") ? ifnameOfInstance(operand) : operand);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      printError(error);
      status = 1;
    }
  }
  return status;
}
