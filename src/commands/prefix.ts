import type { Arguments } from "../commands.ts";
import { UsageError } from "../errors.ts";
import { isBooted } from "../systemd/systemd.ts";

/**
 * The root folder of the system to install into, without a "/" at its end: ""
 * for the one that is running.
 *
 * @throws {UsageError} Where it is no folder, and where operands are given.
 */
export function prefixOf({ operands, values }: Arguments): string {
  if (operands.length > 0) {
    throw new UsageError(`Too many arguments: "${operands.join(" ")}"`);
  }
  const prefix = values.get("prefix");
  if (prefix === undefined) return "";
  try {
    // The path as it really is, so that the executable's can be compared.
    return Deno.realPathSync(prefix).replace(/\/$/, "");
  } catch {
    throw new UsageError(`Cannot use prefix "${prefix}": no such folder`);
  }
}

/** Whether a systemd runs that has to hear of the change. */
export function reloads(prefix: string): boolean {
  return prefix === "" && isBooted();
}
