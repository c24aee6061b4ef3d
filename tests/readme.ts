/** Tables in Markdown that are what a run printed. */

import { must } from "./shell.ts";

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

/** The same in a file. */
export async function replaceInFile(
  path: string,
  comment: string,
  replacement: string,
): Promise<void> {
  const text = await Deno.readTextFile(path);
  await writeFormatted(path, replaceAfter(comment, text, replacement));
}

/** Writes a file as the gate wants it. */
export async function writeFormatted(
  path: string,
  text: string,
): Promise<void> {
  await Deno.writeTextFile(path, text);
  await must([Deno.execPath(), "fmt", "--quiet", path]);
}
