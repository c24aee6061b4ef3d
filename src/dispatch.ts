/** The door: from the arguments to the exit status. */

import { type Arguments, type Command, HELP } from "./cli/command.ts";
import {
  type CommandName,
  commandNamed,
  type NamedCommand,
} from "./cli/commands.ts";
import { LaunchError, UsageError } from "./messages/errors.ts";
import { printError } from "./messages/print_error.ts";
import { beVerbose } from "./messages/verbose.ts";

/** Does a command's work. @returns The exit status. */
type Run = (args: Arguments) => number | Promise<number>;

/** Loads the module of a command, so that no other one has to wait for it. */
const MODULES: Readonly<Record<CommandName, () => Promise<{ run: Run }>>> = {
  start: () => import("./commands/start.ts"),
  stop: () => import("./commands/stop.ts"),
  bind: () => import("./commands/bind.ts"),
  unbind: () => import("./commands/unbind.ts"),
  run: () => import("./commands/run.ts"),
  exec: () => import("./commands/exec.ts"),
  list: () => import("./commands/list.ts"),
  identify: () => import("./commands/identify.ts"),
  pids: () => import("./commands/pids.ts"),
  verify: () => import("./commands/verify.ts"),
  doctor: () => import("./commands/doctor.ts"),
  attach: () => import("./commands/attach.ts"),
  follow: () => import("./commands/follow.ts"),
  install: () => import("./commands/install.ts"),
  uninstall: () => import("./commands/uninstall.ts"),
  completion: () => import("./commands/completion.ts"),
  complete: () => import("./commands/complete.ts"),
  help: () => import("./commands/help.ts"),
};

/**
 * Runs the command that the arguments name.
 *
 * @param args The arguments after the program's name.
 * @returns The exit status: 0 done, 1 failed, 2 wrong usage; 126 and 127 where
 * a command that is to be run cannot be run or found.
 */
export async function dispatch(args: readonly string[]): Promise<number> {
  let command: NamedCommand | undefined;
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

function commandFor(name: string | undefined): NamedCommand {
  if (name === undefined) throw new UsageError("No command is given");
  const isHelp = name === "--help" || name === "-h";
  return commandNamed(isHelp ? "help" : name);
}

async function runCommand(
  command: NamedCommand,
  rest: readonly string[],
): Promise<number> {
  const args = await takeApart(command, rest);
  if (args.flags.has("help")) {
    const { helpOf } = await import("./cli/help.ts");
    console.log(helpOf(command));
    return 0;
  }
  if (args.flags.has("verbose")) beVerbose();
  const { run } = await MODULES[command.name]();
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
  const { splitLaunch } = await import("./cli/launch_arguments.ts");
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
  const { parseArguments } = await import("./cli/arguments.ts");
  return parseArguments(command, args);
}

async function usage(command: Command | undefined): Promise<string> {
  const { USAGE, usageOf } = await import("./cli/help.ts");
  return command === undefined
    ? `Usage: ${USAGE}; denovrf help lists the commands`
    : usageOf(command);
}

async function printVersion(): Promise<number> {
  const { version } = await import("./cli/version.ts");
  console.log(version());
  return 0;
}
