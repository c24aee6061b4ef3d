/** Runs subcommands of Deno for the build. */

/** A build step that failed, in the words of what was run. */
export class BuildError extends Error {}

/**
 * Runs a subcommand of the Deno that runs.
 *
 * @param denort The runtime that `deno compile` embeds; by default, Deno fetches it.
 * @returns What it printed on stdout.
 * @throws {BuildError} If it fails, with what it printed on stderr.
 */
export async function deno(
  args: readonly string[],
  denort?: string,
): Promise<string> {
  const { DENORT_BIN: _, ...env } = Deno.env.toObject();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    clearEnv: true,
    env: {
      // `deno bundle` fetches esbuild; behind a proxy that looks into TLS, only
      // the system knows whom to trust.
      DENO_TLS_CA_STORE: "mozilla,system",
      ...env,
      NO_COLOR: "1",
      ...denort === undefined ? {} : { DENORT_BIN: denort },
    },
  }).output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  const [words = ""] = decoder.decode(stderr)
    .split("\n\nStack backtrace:");
  throw new BuildError(words.trim());
}
