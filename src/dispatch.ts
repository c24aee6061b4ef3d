/** The door: from the arguments to the exit status. */

import type { Arguments, Command } from "./cli/command.ts";
import {
  type CommandName,
  commandNamed,
  type NamedCommand,
} from "./cli/commands.ts";
import { assertOperands, assertUtf8 } from "./cli/operands.ts";
import { LaunchError, UsageError, UserError } from "./messages/errors.ts";
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
    if (name === "--version") return await printVersion();
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
  const args = await takeApart(command, rest);
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

/** If no word can be an option of ours, there is no parser to wait for. */
async function takeApart(
  command: Command,
  args: readonly string[],
): Promise<Arguments> {
  // After a VRF and the name of a command, everything is that command's.
  const ours = command.launches === undefined ? args : args.slice(0, 2);
  if (!ours.some((word) => word.startsWith("-"))) {
    const foreign = { words: [], options: [] };
    return { operands: args, flags: new Set(), values: new Map(), foreign };
  }
  const { parse } = await loadParser();
  const takeForeign = command.launches === "by systemd-run"
    ? (await import("./systemd/run_options.ts")).takeRunOptions
    : undefined;
  return parse(command, args, takeForeign);
}

/** It is made of a package, which every build contains. */
async function loadParser(): Promise<typeof import("./cli/parse.ts")> {
  try {
    return await import("./cli/parse.ts");
  } catch (cause) {
    throw new UserError('Cannot load "@std/cli": JSR is unreachable', {
      remedy:
        "Build denovrf, which needs no JSR, and run that: deno task build",
      cause,
    });
  }
}

/** Whoever gives no command has to be told of them all, but not as a success. */
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

async function printVersion(): Promise<number> {
  const { version } = await import("./messages/version.ts");
  print(version());
  return 0;
}
