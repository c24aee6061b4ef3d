/** Tables for a terminal. */

import { printable } from "./quote.ts";

/** A column: its heading, and how its text is aligned. */
export interface Column {
  readonly heading: string;
  readonly align?: "left" | "right";
}

/**
 * Lays out a table. Lines that are too long are cut off.
 *
 * @param width The characters of a line.
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
    Math.max(...table.map((row) => row[at]?.length ?? 0))
  );
  return table.map((row) => {
    const cells = columns.map(({ align }, at) => {
      const text = row[at] ?? "";
      if (at === columns.length - 1) return text;
      const space = widths[at] ?? 0;
      return align === "right" ? text.padStart(space) : text.padEnd(space);
    });
    return cut(cells.join("  ").trimEnd(), width);
  });
}

function cut(line: string, width: number): string {
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}
