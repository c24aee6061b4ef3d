/** A topic of the manual, for a terminal. */

import {
  type Block,
  cellsAfterFirst,
  inColumns,
  parseMarkdown,
  spansOf,
  type Table,
} from "./markdown.ts";

/** How a terminal shows text. */
export interface Look {
  /** Characters of a line. */
  readonly width: number;
  /** Whether it has bold letters. */
  readonly hasBold: boolean;
}

/** The longest that a line is, for it to be read. */
const MAX_WIDTH = 80;

/** What stands for the begin and the end of bold letters, in each word. */
const [BEGIN, END] = ["\u0001", "\u0002"];

/** The escape sequences for that; see console_codes(4). */
const [BOLD, NORMAL] = ["\x1b[1m", "\x1b[22m"];

/** The text of a topic. */
export function topicText(markdown: string, { width, hasBold }: Look): string {
  const lines = parseMarkdown(markdown)
    .flatMap((block) => [...linesOf(block, Math.min(width, MAX_WIDTH)), ""]);
  return lines.slice(0, -1).join("\n")
    .replaceAll(BEGIN, hasBold ? BOLD : "")
    .replaceAll(END, hasBold ? NORMAL : "");
}

function linesOf(block: Block, width: number): string[] {
  switch (block.kind) {
    case "heading":
      return [marked(block.text.toUpperCase())];
    case "paragraph":
      return wrap(block.text, width, "  ");
    case "item":
      return wrap(block.text, width, "    ", "  - ");
    case "code":
      return block.lines.map((line) => `      ${line}`.trimEnd());
    case "table":
      return columnsOf(block, width) ?? definitionsOf(block, width);
  }
}

function columnsOf(table: Table, width: number): string[] | undefined {
  const lines = inColumns(table, width - 2);
  return lines?.map((line, at) => `  ${at === 0 ? marked(line) : line}`);
}

/** Each row as what its first cell says, and below it what the others say. */
function definitionsOf({ headings, rows }: Table, width: number): string[] {
  return rows.flatMap((row) => [
    ...wrap(row[0] ?? "", width, "  "),
    ...cellsAfterFirst(headings, row)
      .flatMap((cell) => wrap(cell, width, "      ")),
  ]);
}

/** Lays out words in lines that are not too long. */
function wrap(
  text: string,
  width: number,
  indent: string,
  firstIndent = indent,
): string[] {
  const lines: string[] = [];
  let line = firstIndent;
  let isEmpty = true;
  for (const word of markedWords(text)) {
    if (!isEmpty && visible(`${line} ${word}`).length > width) {
      lines.push(line);
      [line, isEmpty] = [indent, true];
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

/** The words of a text, those that stand out with marks around them. */
function markedWords(text: string): string[] {
  return spansOf(text)
    .map(({ text, isBold }) => isBold ? marked(text) : text)
    .join("").split(" ").filter((word) => word !== "");
}

function marked(text: string): string {
  return text.replace(/[^ ]+/g, (word) => `${BEGIN}${word}${END}`);
}

function visible(text: string): string {
  return text.replaceAll(BEGIN, "").replaceAll(END, "");
}
