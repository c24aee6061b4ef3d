import {
  type Arguments,
  type Command,
  commandNamed,
  HELP,
} from "./commands.ts";
import { LaunchError, UsageError } from "./errors.ts";
import { printError } from "./print_error.ts";
import { beVerbose } from "./verbose.ts";

/**
 * Runs the command that the arguments name.
 *
 * @param args The arguments after the program's name.
 * @returns The exit status: 0 done, 1 failed, 2 wrong usage; 126 and 127 where
 * a command that is to be run cannot be run or found.
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
    if (error instanceof LaunchError) return error.status;
    if (!(error instanceof UsageError)) return 1;
    console.error(await usage(command));
    return 2;
  }
}

function commandFor(name: string | undefined): Command {
  if (name === undefined) throw new UsageError("No command is given");
  const isHelp = name === "--help" || name === "-h";
  return commandNamed(isHelp ? "help" : name);
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

async function takeApart(
  command: Command,
  rest: readonly string[],
): Promise<Arguments> {
  if (command.launches === undefined) {
    const foreign = { words: [], options: [] };
    return { ...await parseOwn(command, rest), foreign };
  }
  const { splitLaunch } = await import("./launch_arguments.ts");
  const takeForeign = command.launches === "by systemd-run"
    ? (await import("./systemd/run_options.ts")).takeRunOptions
    : undefined;
  const { own, foreign, operands } = splitLaunch(
    rest,
    [...command.options, HELP],
    takeForeign,
  );
  return { ...await parseOwn(command, own), foreign, operands };
}

/** Where there is no option, there is no parser to wait for. */
async function parseOwn(
  command: Command,
  args: readonly string[],
): Promise<Omit<Arguments, "foreign">> {
  if (!args.some((arg) => arg.startsWith("-"))) {
    return { operands: args, flags: new Set(), values: new Map() };
  }
  const { parseArguments } = await import("./arguments.ts");
  return parseArguments(command, args);
}

async function usage(command: Command | undefined): Promise<string> {
  const { USAGE, usageOf } = await import("./help.ts");
  return command === undefined
    ? `Usage: ${USAGE}; denovrf help lists the commands`
    : usageOf(command);
}

async function printVersion(): Promise<number> {
  const { version } = await import("./version.ts");
  console.log(version());
  return 0;
}
