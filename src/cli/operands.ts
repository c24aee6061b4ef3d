/** Whether a command can use what it is given. */

import type { Arguments, Command } from "./command.ts";
import { UsageError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";

/**
 * Holds the operands of a command line against those of the table.
 *
 * @throws {UsageError} If one is missing, or one is too many.
 */
export function assertOperands(
  command: Command,
  args: Arguments,
): void {
  const given = args.operands;
  const expected = command.operands
    .filter(({ unless }) => unless === undefined || !isGiven(unless, args));
  const missing = expected.slice(given.length)
    .find(({ isOptional }) => !isOptional);
  if (missing !== undefined) {
    throw new UsageError(`Missing argument: ${missing.name}`);
  }
  const surplus = given[expected.length];
  if (surplus === undefined || expected.at(-1)?.isRepeated) return;
  throw new UsageError(`Unexpected argument ${quote(surplus)}`);
}

/**
 * Refuses what denovrf would read wrong. The words of a command that
 * it runs are passed on as they are, so these can be anything.
 *
 * @throws {UsageError}
 */
export function assertUtf8(
  { endsWithCommand }: Command,
  { operands, values, foreign }: Arguments,
): void {
  const own = endsWithCommand ? operands.slice(0, 1) : operands;
  const words = [...own, ...values.values(), ...foreign.words];
  // Deno puts U+FFFD in the place of bytes that are none (seen with 2.9.6).
  const damaged = words.find((word) => word.includes("\uFFFD"));
  if (damaged === undefined) return;
  throw new UsageError(`Cannot use ${quote(damaged)}: it is not UTF-8`);
}

function isGiven(option: string, { flags, foreign }: Arguments): boolean {
  return flags.has(option) ||
    foreign.options.some(({ name }) => name === option);
}
