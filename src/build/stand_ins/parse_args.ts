/**
 * Stands in for what denovrf uses of @std/cli/parse-args, if JSR is unreachable: options in the one form that src/cli/words.ts gives them.
 */

/** The options of @std/cli/parse-args that denovrf uses. */
export interface ParseOptions {
  boolean: string[];
  string: string[];
}

/** Takes `--name` and `--name=value` apart. */
export function parseArgs(
  args: string[],
  { boolean }: ParseOptions,
): Record<string, unknown> {
  const flags = boolean.map((name) => [name, args.includes(`--${name}`)]);
  const values = args.filter((arg) => arg.includes("=")).map((arg) => {
    const equals = arg.indexOf("=");
    return [arg.slice(2, equals), arg.slice(equals + 1)];
  });
  return Object.fromEntries([...flags, ...values]);
}
