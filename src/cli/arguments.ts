/** Parses the options of a command. */

import { parseArgs } from "@std/cli/parse-args";
import { type Arguments, type Command, HELP, type Option } from "./command.ts";
import { UsageError } from "../messages/errors.ts";
import { nearest } from "../messages/nearest.ts";

/**
 * Takes the arguments of a command apart, by the options that it has.
 *
 * @throws {UsageError} On an unknown option, one without its value, and one
 * with a value that it does not take.
 */
export function parseArguments(
  { options: own }: Pick<Command, "options">,
  args: readonly string[],
): Omit<Arguments, "foreign"> {
  const options = [...own, HELP];
  assertNoValues(options, args);
  const parsed: Record<string, unknown> = parseArgs([...args], {
    boolean: namesOf(options.filter(({ value }) => value === undefined)),
    // "_": an interface may be called 007, and that is not the number 7.
    string: ["_", ...namesOf(options.filter(({ value }) => value))],
    alias: Object.fromEntries(
      options.filter(({ alias }) => alias).map((
        { name, alias },
      ) => [name, [alias ?? name]]),
    ),
    unknown: (arg: string, key?: string) => {
      if (key !== undefined) throw unknownOption(options, arg);
    },
  });

  const flags = new Set<string>();
  const values = new Map<string, string>();
  for (const { name, value } of options) {
    const given = parsed[name];
    if (given === true) flags.add(name);
    if (value === undefined || typeof given !== "string") continue;
    if (given === "") throw new UsageError(`Option "--${name}" needs ${value}`);
    values.set(name, given);
  }
  const operands = Array.isArray(parsed["_"]) ? parsed["_"].map(String) : [];
  return { operands, flags, values };
}

/** parse-args reads the value of a boolean option as true or false; we refuse it. */
function assertNoValues(
  options: readonly Option[],
  args: readonly string[],
): void {
  const end = args.indexOf("--");
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    const name = /^--([^=]+)=/.exec(arg)?.[1];
    const option = options.find((option) => option.name === name);
    if (option !== undefined && option.value === undefined) {
      throw new UsageError(`Option "--${option.name}" takes no value`);
    }
  }
}

function namesOf(options: readonly Option[]): string[] {
  return options.map(({ name }) => name);
}

function unknownOption(options: readonly Option[], arg: string): UsageError {
  const word = arg.split("=", 1)[0] ?? arg;
  const near = nearest(word, options.map(({ name }) => `--${name}`));
  return new UsageError(`Unknown option "${word}"`, {
    remedy: near === undefined ? undefined : `Did you mean "${near}"?`,
  });
}
