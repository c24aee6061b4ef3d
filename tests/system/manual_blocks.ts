/** Recipes of the manual that tests take at their word. */

const recipes = await Deno.readTextFile("src/manual/recipes.md");

const blocks = [...recipes.matchAll(/^```\w+\n(.*?\n)```$/gms)]
  .map(([, block]) => block ?? "");

/** What a file is to hold, as a block that begins with its path says. */
export function fileInManual(path: string): string {
  return blockThat(path, (block) => block.startsWith(`# ${path}\n`));
}

/** The commands of the block that begins with one. */
export function commandsInManual(first: string): string {
  return blockThat(first, (block) => block.startsWith(`${first}\n`));
}

function blockThat(
  begins: string,
  holds: (block: string) => boolean,
): string {
  const found = blocks.find(holds);
  if (found === undefined) {
    throw new Error(`The manual has no block that begins with ${begins}`);
  }
  return found;
}
