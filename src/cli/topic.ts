/** A topic of the manual, for a terminal. */

import { render, spansOf, type Style } from "./markdown.ts";

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
  const lines = render(markdown, styleFor(Math.min(width, MAX_WIDTH)))
    .flatMap((block) => [...block, ""]);
  return lines.slice(0, -1).join("\n")
    .replaceAll(BEGIN, hasBold ? BOLD : "")
    .replaceAll(END, hasBold ? NORMAL : "");
}

function styleFor(width: number): Style {
  return {
    width: width - 2,
    heading: (text) => [marked(text.toUpperCase())],
    paragraph: (text) => wrap(text, width, "  "),
    item: (text) => wrap(text, width, "    ", "  - "),
    code: (lines) => lines.map((line) => `      ${line}`.trimEnd()),
    columns: (headings, rows) =>
      [marked(headings), ...rows].map((line) => `  ${line}`),
    definition: (term, says) => [
      ...wrap(term, width, "  "),
      ...says.flatMap((text) => wrap(text, width, "      ")),
    ],
  };
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
