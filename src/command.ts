import { UserError } from "./errors.ts";

/** How a program ended and what it printed. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Where programs are looked for when the environment has no PATH. */
const DEFAULT_PATH =
  "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Runs a program to its end.
 *
 * @param remedy What to do when there is no such program.
 * @throws {UserError} Where the program cannot be run at all.
 */
export function run(
  program: string,
  args: readonly string[],
  remedy: string,
): Output {
  const env: Record<string, string> = Deno.env.get("PATH") === undefined
    ? { PATH: DEFAULT_PATH }
    : {};
  let output;
  try {
    output = new Deno.Command(program, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).outputSync();
  } catch (error) {
    const state = error instanceof Deno.errors.NotFound
      ? "not found on PATH"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new UserError(`Cannot run "${program}": ${state}`, {
      remedy,
      cause: error,
    });
  }
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr).trim(),
  };
}
