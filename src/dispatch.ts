/** The door: from the arguments to the exit status. */

import type { Arguments, Command } from "./cli/command.ts";
import {
  type CommandName,
  commandNamed,
  type NamedCommand,
} from "./cli/commands.ts";
import { assertOperands, assertUtf8 } from "./cli/operands.ts";
import { parse } from "./cli/parse.ts";
import { LaunchError, UsageError } from "./messages/errors.ts";
import { beVerbose, print, printError, tell } from "./messages/print.ts";

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
    if (name === undefined) return await printHelp();
    if (name === "--version") return await printVersion(rest);
    command = commandFor(name);
    return await runCommand(command, rest);
  } catch (error) {
    printError(error);
    if (error instanceof LaunchError) return error.status;
    if (!(error instanceof UsageError)) return 1;
    tell(await usage(command));
    return 2;
  }
}

function commandFor(name: string): NamedCommand {
  const isHelp = name === "--help" || name === "-h";
  return commandNamed(isHelp ? "help" : name);
}

async function runCommand(
  command: NamedCommand,
  rest: readonly string[],
): Promise<number> {
  const args = parse(command, rest);
  if (args.flags.has("help")) {
    const { helpOf } = await import("./cli/help.ts");
    print(helpOf(command));
    return 0;
  }
  assertOperands(command, args);
  assertUtf8(command, args);
  if (args.flags.has("verbose")) beVerbose();
  const { run } = await MODULES[command.name]();
  return await run(args);
}

/** Without a command, the help goes to stderr, and the exit status is 2. */
async function printHelp(): Promise<number> {
  const { help } = await import("./cli/help.ts");
  tell(help());
  return 2;
}

async function usage(command: Command | undefined): Promise<string> {
  const { USAGE, usageOf } = await import("./cli/help.ts");
  return command === undefined
    ? `Usage: ${USAGE}; for all commands: denovrf help`
    : usageOf(command);
}

async function printVersion(rest: readonly string[]): Promise<number> {
  const { version, versions } = await import("./messages/version.ts");
  print(rest.includes("--verbose") ? versions() : version());
  return 0;
}
