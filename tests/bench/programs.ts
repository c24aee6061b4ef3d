/** The programs whose processes are measured. */

import { must } from "../shell.ts";

/** A program that takes `start IF` and `stop IF`. */
export interface Program {
  /** What figures call it: "compiled" or "script". */
  name: string;
  command: readonly string[];
}

/** What figures call the program that is given with `--peer`. */
export const PEER = "the Python program";

/** The forms of denovrf that are in a directory, with the Deno of each. */
export async function formsIn(
  directory: string,
): Promise<{ forms: Program[]; versions: string[] }> {
  const forms = new Map<string, { command: string[]; version: string }>();
  for (const name of ["denovrf", "denovrf.js"]) {
    const command = [`${directory}/${name}`];
    const version = await must([...command, "--version"]);
    const [, form = "", deno = ""] = /\((\w+), (.*)\)/.exec(version) ?? [];
    // Without Deno's runtime at hand, both are the script form.
    forms.set(form, { command, version: `${deno} (${form})` });
  }
  return {
    forms: [...forms].map(([name, { command }]) => ({ name, command })),
    versions: [...forms.values()].map(({ version }) => version),
  };
}

/** Where the bench puts the executable that does nothing. */
export const FLOOR = "floor";

/** What a program takes that does nothing but end, in the form of denovrf. */
export async function floorOf(
  { name, command }: Program,
  directory: string,
): Promise<Program> {
  const floor = { name: "a program that does nothing", command: [] };
  if (name === "compiled") {
    return { ...floor, command: [`${directory}/${FLOOR}`] };
  }
  const [path = ""] = command;
  const [shebang] = (await Deno.readTextFile(path)).split("\n", 1);
  const script = `${directory}/${FLOOR}.js`;
  await Deno.writeTextFile(script, `${shebang}\nDeno.exit(0);\n`);
  await Deno.chmod(script, 0o755);
  return { ...floor, command: [script] };
}
