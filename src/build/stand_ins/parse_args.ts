/**
 * Stands in for what denovrf uses of @std/cli/parse-args, where JSR is out of
 * reach, over the parser of node:util. tests/unit/parse_args_test.ts holds
 * whichever of the two is active to the same cases.
 */

// Not a static import: a bundle would hoist it, and its 10 ms, to the start.
const { parseArgs: parseTokens } = await import("node:util");

/** The options of @std/cli/parse-args that denovrf uses. */
export interface ParseOptions {
  boolean?: string[];
  string?: string[];
  alias?: Record<string, string[]>;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

type Parsed = Record<string, unknown> & { _: string[] };

/** Takes arguments apart. "_" is to be among the options of type string. */
export function parseArgs(
  args: string[],
  { boolean = [], string = [], alias = {}, unknown }: ParseOptions,
): Parsed {
  const types = new Map<string, "boolean" | "string">();
  for (const name of boolean) types.set(name, "boolean");
  for (const name of string) if (name !== "_") types.set(name, "string");

  const parsed: Parsed = { _: [] };
  for (const name of boolean) set(name, false);
  const shorts = new Map(
    Object.entries(alias).flatMap(([name, letters]) =>
      letters.map((letter) => [letter, name] as const)
    ),
  );
  const { tokens } = parseTokens({
    // Unlike node:util, an option does not swallow the option that follows.
    args: args.map((arg, at) =>
      types.get(arg.slice(2)) === "string" && args[at + 1]?.startsWith("-")
        ? `${arg}=`
        : arg
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      [...types].map(([name, type]) => {
        const short = alias[name]?.[0];
        return [name, short === undefined ? { type } : { type, short }];
      }),
    ),
  });

  for (const token of tokens) {
    if (token.kind === "option-terminator") {
      parsed._.push(...args.slice(token.index + 1));
      break;
    }
    if (token.kind === "positional") {
      if (unknown?.(token.value) !== false) parsed._.push(token.value);
      continue;
    }
    const name = shorts.get(token.name) ?? token.name;
    if (!types.has(name)) unknown?.(args[token.index] ?? "", name, token.value);
    else if (types.get(name) === "boolean") set(name, true);
    else set(name, token.value ?? "");
  }
  return parsed;

  function set(name: string, value: unknown): void {
    for (const key of [name, ...alias[name] ?? []]) parsed[key] = value;
  }
}
