/** Reads the Markdown of the manual, as much of it as that has, and renders it. */

import { renderTable } from "../messages/table.ts";

/** A part of a text. Its words still have their emphasis; see {@linkcode Span}. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "item"; readonly text: string }
  | { readonly kind: "code"; readonly lines: readonly string[] }
  | Table;

/** A table; see {@linkcode inColumns} and {@linkcode asDefinitions}. */
export interface Table {
  readonly kind: "table";
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Words of one kind. */
export interface Span {
  readonly text: string;
  /** Whether they stand out: what is typed or printed, or is stressed. */
  readonly isBold: boolean;
}

/** How a medium shows a text: the lines that each block becomes. */
export interface Style {
  /** The longest line of a table that is shown in columns. */
  readonly width: number;
  heading(text: string, level: number): string[];
  paragraph(text: string): string[];
  item(text: string): string[];
  code(lines: readonly string[]): string[];
  /** A table that is not too wide: the line of its headings, and a line a row. */
  columns(headings: string, rows: readonly string[]): string[];
  /** A row of another table: its first cell, and what the others say of that. */
  definition(term: string, says: readonly string[]): string[];
}

/** Renders a text. @returns The lines of each block. */
export function render(markdown: string, style: Style): string[][] {
  return parseMarkdown(markdown).map((block) => {
    switch (block.kind) {
      case "heading":
        return style.heading(block.text, block.level);
      case "paragraph":
        return style.paragraph(block.text);
      case "item":
        return style.item(block.text);
      case "code":
        return style.code(block.lines);
      case "table":
        return renderRows(block, style);
    }
  });
}

function renderRows(table: Table, style: Style): string[] {
  const [headings, ...rows] = inColumns(table, style.width) ?? [];
  if (headings !== undefined) return style.columns(headings, rows);
  return asDefinitions(table)
    .flatMap(([term = "", ...says]) => style.definition(term, says));
}

/** The blocks of a text. */
export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  while (lines.length > 0) {
    if (lines[0]?.trim() === "") lines.shift();
    else blocks.push(...takeBlock(lines));
  }
  return blocks;
}

/** Takes the lines of the first block, or of the items of a list. */
function takeBlock(lines: string[]): Block[] {
  const first = lines[0] ?? "";
  const heading = /^(#+) (.*)$/.exec(first);
  if (heading !== null) {
    lines.shift();
    const [, marks = "", text = ""] = heading;
    return [{ kind: "heading", level: marks.length, text }];
  }
  if (first.startsWith("```")) {
    lines.shift();
    const code = takeWhile(lines, (line) => !line.startsWith("```"));
    lines.shift();
    return [{ kind: "code", lines: code }];
  }
  const paragraph = takeWhile(lines, (line) => line.trim() !== "");
  if (first.startsWith("|")) return [tableOf(paragraph)];
  return first.startsWith("- ")
    ? paragraph.join("\n").slice(2).split(/^- /m)
      .map((item) => ({ kind: "item", text: joined(item) }))
    : [{ kind: "paragraph", text: joined(paragraph.join("\n")) }];
}

function takeWhile(
  lines: string[],
  isPart: (line: string) => boolean,
): string[] {
  const end = lines.findIndex((line) => !isPart(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function joined(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}

function tableOf(lines: readonly string[]): Table {
  const [headings = [], , ...rows] = lines.map((line) =>
    line.replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) =>
      cell.trim().replaceAll("\\|", "|")
    )
  );
  return { kind: "table", headings, rows };
}

const SPANS = /`([^`]+)`|\*\*([^*]+)\*\*|\b_([^_]+)_\b|\[([^\]^]+)\]\([^)]*\)/g;

/** The words of a text: code and what is stressed, and the rest. */
export function spansOf(text: string): Span[] {
  // A footnote is a number in both places.
  const words = text.replace(/\[\^(\w+)\](:?)/g, "[$1]");
  const spans: Span[] = [];
  let end = 0;
  for (
    const { 0: all, 1: code, 2: bold, 3: stressed, 4: link, index } of words
      .matchAll(SPANS)
  ) {
    spans.push({ text: words.slice(end, index), isBold: false });
    const strong = code ?? bold ?? stressed;
    spans.push({ text: strong ?? link ?? "", isBold: strong !== undefined });
    end = index + all.length;
  }
  spans.push({ text: words.slice(end), isBold: false });
  return spans.filter(({ text }) => text !== "");
}

/**
 * A table as a line of headings and a line for each row, without emphasis;
 * `undefined` if one of them would be too long.
 */
export function inColumns(
  { headings, rows }: Table,
  width: number,
): string[] | undefined {
  const lines = renderTable(
    headings.map((heading) => ({ heading: plain(heading) })),
    rows.map((row) => row.map(plain)),
    Infinity,
  );
  return lines.every(({ length }) => length <= width) ? lines : undefined;
}

function plain(text: string): string {
  return spansOf(text).map(({ text }) => text).join("");
}

/**
 * A table as terms and what is said of each, with its headings: of two columns,
 * these are the first term; of more, each cell after the first has its own.
 */
function asDefinitions(
  { headings, rows }: Table,
): (readonly string[])[] {
  const strong = headings.filter((heading) => heading !== "")
    .map((heading) => `**${plain(heading)}**`);
  if (headings.length === 2) return [strong, ...rows];
  const labelled = rows.map(([term = "", ...cells]) => [
    term,
    ...cells.flatMap((cell, at) =>
      cell === "" ? [] : [`${headings[at + 1]}: ${cell}`]
    ),
  ]);
  return headings[0] === "" ? labelled : [strong.slice(0, 1), ...labelled];
}
