/** Makes flags, values and operands out of the words of a command line. */

import { parseArgs } from "@std/cli/parse-args";
import { type Arguments, type Command, HELP } from "./command.ts";
import { type TakeForeign, tellApart } from "./words.ts";

/**
 * Takes the arguments of a command apart, by the options that it has.
 *
 * @param takeForeign Reads the options that are another program's.
 * @throws {UsageError} On an unknown option, one without its value, and one
 * with a value that it does not take.
 */
export function parse(
  command: Pick<Command, "options" | "launches">,
  args: readonly string[],
  takeForeign?: TakeForeign,
): Arguments {
  const { own, foreign, operands } = tellApart(command, args, takeForeign);
  const options = [...command.options, HELP];
  const names = (takesValue: boolean) =>
    options.filter(({ value }) => (value !== undefined) === takesValue)
      .map(({ name }) => name);
  const parsed: Record<string, unknown> = parseArgs([...own], {
    boolean: names(false),
    string: names(true),
  });

  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (const { name } of options) {
    const given = parsed[name];
    if (given === true) flags.add(name);
    if (typeof given === "string") values.set(name, given);
  }
  return { operands, flags, values, foreign };
}
