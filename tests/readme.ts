/** Tables in README.md that are what a run printed. */

const END = "<!-- the end of it -->";

/** Puts text in the place of what a Markdown text has after a comment. */
export function replaceAfter(
  comment: string,
  markdown: string,
  replacement: string,
): string {
  const begin = `<!-- ${comment} -->`;
  const start = markdown.indexOf(begin);
  const end = markdown.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`There is no ${begin} … ${END}`);
  return `${markdown.slice(0, start)}${begin}\n\n${replacement}\n\n${
    markdown.slice(end)
  }`;
}

/** The same in README.md, which is formatted then. */
export async function replaceInReadme(
  comment: string,
  replacement: string,
): Promise<void> {
  const text = await Deno.readTextFile("README.md");
  await Deno.writeTextFile(
    "README.md",
    replaceAfter(comment, text, replacement),
  );
  await new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "README.md"],
  }).output();
}
