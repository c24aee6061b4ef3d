/** Tables for a terminal. */

import { unicodeWidth } from "@std/cli/unicode-width";
import { printable } from "./quote.ts";

/** A column: its heading, and how its text is aligned. */
export interface Column {
  readonly heading: string;
  readonly align?: "left" | "right";
}

/**
 * Lays out a table. Lines that are too long are cut off.
 *
 * @param width The columns of the terminal.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const table = [
    columns.map(({ heading }) => heading),
    ...rows.map((row) => row.map(printable)),
  ];
  const widths = columns.map((_, at) =>
    Math.max(...table.map((row) => unicodeWidth(row[at] ?? "")))
  );
  return table.map((row) => {
    const cells = columns.map(({ align }, at) => {
      const text = row[at] ?? "";
      if (at === columns.length - 1) return text;
      const padding = " ".repeat((widths[at] ?? 0) - unicodeWidth(text));
      return align === "right" ? padding + text : text + padding;
    });
    return cut(cells.join("  ").trimEnd(), width);
  });
}

function cut(line: string, width: number): string {
  if (unicodeWidth(line) <= width) return line;
  let start = "";
  for (const char of line) {
    if (unicodeWidth(start + char) >= width) break;
    start += char;
  }
  return `${start}…`;
}
