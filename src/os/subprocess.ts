/** Runs other programs. */

import { LaunchError, stateOf, UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { expectChildren } from "./signals.ts";

/** How a program ended and what it printed. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** The directories to look for programs in if the environment has no PATH. */
const DEFAULT_PATH = [
  ...["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"],
  ...["/sbin", "/bin"],
];

/**
 * Runs a program to its end.
 *
 * @param remedy What to do if the program is not found.
 * @throws {UserError} If the program cannot be run at all.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  remedy: string,
): Output {
  const output = spawn(program, args, remedy);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr).trim(),
  };
}

function spawn(
  program: string,
  args: readonly string[],
  remedy: string,
): Deno.CommandOutput {
  expectChildren();
  try {
    return new Deno.Command(locate(program), {
      args: [...args],
      stdin: "null",
    }).outputSync();
  } catch (error) {
    const state = error instanceof Deno.errors.NotFound
      ? "not found on PATH"
      : stateOf(error);
    throw new UserError(`Cannot run ${quote(program)}: ${state}`, {
      remedy,
      cause: error,
    });
  }
}

/**
 * Refuses a command that execvp(3) would not find or run.
 *
 * @throws {LaunchError}
 */
export function assertRunnable(command: string): void {
  const paths = command.includes("/")
    ? [command]
    : searchPath().map((directory) => `${directory}/${command}`);
  const modes = paths.map(modeOfFile).filter((mode) => mode !== undefined);
  if (modes.length === 0) {
    throw new LaunchError(command, false, "No such file or directory");
  }
  if (modes.every((mode) => (mode & 0o111) === 0)) {
    throw new LaunchError(command, true, "Permission denied");
  }
}

/** The directories of PATH, or by default {@linkcode DEFAULT_PATH}. */
function searchPath(): string[] {
  // Deno 2.9 adds a directory of its own to a PATH that has no node, also if
  // there is none: cli/node_compat_shim.rs in Deno's sources.
  const directories = (Deno.env.get("PATH") ?? "").split(":")
    .filter((directory) =>
      directory !== "" && !directory.endsWith("/node_compat_bin")
    );
  return directories.length > 0 ? directories : DEFAULT_PATH;
}

/** The mode of a file, 0 for a directory; `undefined` if it does not exist. */
function modeOfFile(path: string): number | undefined {
  try {
    const { isDirectory, mode } = Deno.statSync(path);
    return isDirectory ? 0 : mode ?? 0;
  } catch {
    return undefined;
  }
}

/** The path of a program; its name, if the environment has a PATH. */
function locate(program: string): string {
  const directories = searchPath();
  if (directories !== DEFAULT_PATH) return program;
  const paths = directories.map((directory) => `${directory}/${program}`);
  return paths.find((path) => modeOfFile(path) !== undefined) ?? program;
}
