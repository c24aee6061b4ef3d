/** How a command ended and what it printed. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

/** Settings of a command that differ from this process's. */
export interface Settings {
  env?: Record<string, string>;
  clearEnv?: boolean;
}

/** What takes longer hangs: nothing does, also in a guest under TCG. */
const LIMIT_MINUTES = 10;

/**
 * Runs a command to its end, however it ends.
 *
 * @throws {Error} If it hangs, so that a test fails that would never end.
 */
export async function run(
  command: string[],
  settings: Settings = {},
): Promise<Result> {
  const [program = "", ...args] = command;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), LIMIT_MINUTES * 60_000);
  const output = await new Deno.Command(program, {
    args,
    stdin: "null",
    signal: limit.signal,
    ...settings,
  }).output().finally(() => clearTimeout(timer));
  if (limit.signal.aborted) {
    throw new Error(
      `${command.join(" ")} did not end within ${LIMIT_MINUTES} minutes`,
    );
  }
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout).trim(),
    stderr: decoder.decode(output.stderr).trim(),
  };
}

/** Runs a command that has to succeed. @returns What it printed on stdout. */
export async function must(command: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(command);
  if (code === 0) return stdout;
  throw new Error(`${command.join(" ")} exited with ${code}: ${stderr}`);
}

/** The same for a script of sh(1). */
export function mustSh(script: string): Promise<string> {
  return must(["sh", "-ec", script]);
}

/** Runs a command that has to fail. @returns How it did. */
export async function mustFail(command: string[]): Promise<Result> {
  const result = await run(command);
  if (result.code !== 0) return result;
  throw new Error(`${command.join(" ")} succeeded: ${result.stdout}`);
}
