import { UserError } from "./errors.ts";

/** How a program ended and what it printed. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Where programs are looked for when the environment has no PATH. */
const DEFAULT_FOLDERS = [
  ...["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"],
  ...["/sbin", "/bin"],
];

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
  let output;
  try {
    output = new Deno.Command(locate(program), {
      args: [...args],
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

/** Where a program is, unless PATH is there to say so. */
function locate(program: string): string {
  // Deno 2.9 sets PATH to a folder of its own where the environment has none.
  const folders = (Deno.env.get("PATH") ?? "").split(":")
    .filter((folder) => folder !== "" && !folder.endsWith("/node_compat_bin"));
  if (folders.length > 0) return program;
  const paths = DEFAULT_FOLDERS.map((folder) => `${folder}/${program}`);
  return paths.find(isFile) ?? program;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
