/** Which packages the tasks use: JSR's, or the stand-ins if it is unreachable. */

const STAND_INS = "src/build/stand_ins/import_map.json";

let flags: Promise<string[]> | undefined;

/**
 * The flags by which Deno's subcommands find what the project imports: none
 * where JSR, or what was fetched from it before, is at hand.
 */
export function importFlags(): Promise<string[]> {
  flags ??= probe();
  return flags;
}

async function probe(): Promise<string[]> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", 'import "@std/assert"; import "@std/cli/parse-args";'],
    stdout: "null",
    stderr: "null",
  }).output();
  if (success) return [];
  console.error(
    "JSR is unreachable: the stand-ins for @std/cli and @std/assert take its place",
  );
  return ["--import-map", STAND_INS];
}
