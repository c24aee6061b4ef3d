import {
  type Arguments,
  type Command,
  COMMANDS,
  findCommand,
} from "./commands.ts";
import { UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { printError } from "./print_error.ts";
import { beVerbose } from "./verbose.ts";

/**
 * Runs the command that the arguments name.
 *
 * @param args The arguments after the program's name.
 * @returns The exit status: 0 done, 1 failed, 2 wrong usage.
 */
export async function dispatch(args: readonly string[]): Promise<number> {
  let command: Command | undefined;
  try {
    const [name, ...rest] = args;
    if (name === "--version") return await printVersion();
    command = commandFor(name);
    return await runCommand(command, rest);
  } catch (error) {
    printError(error);
    if (!(error instanceof UsageError)) return 1;
    console.error(await usage(command));
    return 2;
  }
}

/** The error for a name that no command has. */
export function unknownCommand(name: string): UsageError {
  const near = nearest(name, COMMANDS.map((command) => command.name));
  return new UsageError(
    `Unknown ${name.startsWith("-") ? "option" : "command"} "${name}"`,
    { remedy: near === undefined ? undefined : `Did you mean "${near}"?` },
  );
}

function commandFor(name: string | undefined): Command {
  if (name === undefined) throw new UsageError("No command is given");
  const isHelp = name === "--help" || name === "-h";
  const command = findCommand(isHelp ? "help" : name);
  if (command === undefined) throw unknownCommand(name);
  return command;
}

async function runCommand(
  command: Command,
  rest: readonly string[],
): Promise<number> {
  const args = await takeApart(command, rest);
  if (args.flags.has("help")) {
    const { helpOf } = await import("./help.ts");
    console.log(helpOf(command));
    return 0;
  }
  if (args.flags.has("verbose")) beVerbose();
  const { run } = await command.load();
  return await run(args);
}

/** Where there is no option, there is no parser to wait for. */
async function takeApart(
  command: Command,
  rest: readonly string[],
): Promise<Arguments> {
  if (!rest.some((arg) => arg.startsWith("-"))) {
    return { operands: rest, flags: new Set(), values: new Map() };
  }
  const { parseArguments } = await import("./arguments.ts");
  return parseArguments(command, rest);
}

async function usage(command: Command | undefined): Promise<string> {
  const { usageOf } = await import("./help.ts");
  return command === undefined
    ? "Usage: denovrf COMMAND [OPTION…] [ARGUMENT…]; denovrf help lists the commands"
    : usageOf(command);
}

async function printVersion(): Promise<number> {
  const { version } = await import("./version.ts");
  console.log(version());
  return 0;
}
