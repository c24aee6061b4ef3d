/** What the bench found, as the tables of tests/bench/README.md. Pure. */

/** What something costs in one way of doing it, in proportion to another. */
export interface Figure {
  /** Such as "start". */
  what: string;
  /** Such as "compiled". */
  way: string;
  ratio: number;
  /** What it is in proportion to, such as "the Python program". */
  to: string;
  /** The most that it is to be. */
  atMost?: number | undefined;
}

/** What a run on one machine found: groups of figures, each of the same ways. */
export interface Run {
  /** Such as "Linux 6.18.44, Deno 2.9.6". */
  machine: string;
  groups: Figure[][];
}

/** A row of a group: all figures of one thing. */
export interface Row {
  what: string;
  to: string;
  figures: Figure[];
}

/**
 * What is measured in some ways, in proportion to one of them.
 *
 * @param reference The way that the others are in proportion to.
 * @param to What figures call it.
 * @param atMost The targets of ways that have one.
 */
export function inProportion(
  what: string,
  measures: ReadonlyMap<string, number>,
  reference: string,
  to = reference,
  atMost: Readonly<Record<string, number>> = {},
): Figure[] {
  const unit = measures.get(reference);
  if (unit === undefined) return [];
  return [...measures].filter(([way]) => way !== reference).map(
    ([way, measure]) => ({
      what,
      way,
      ratio: measure / unit,
      to,
      atMost: atMost[way],
    }),
  );
}

/** The ways of a group, in the order in which they come. */
export function waysOf(group: readonly Figure[]): string[] {
  return [...new Set(group.map(({ way }) => way))];
}

/** The rows of a group, in the order in which they come. */
export function rowsOf(group: readonly Figure[]): Row[] {
  const rows: Row[] = [];
  for (const figure of group) {
    const { what, to } = figure;
    const row = rows.find((row) => row.what === what && row.to === to);
    if (row === undefined) rows.push({ what, to, figures: [figure] });
    else row.figures.push(figure);
  }
  return rows;
}

/** Tables in Markdown, one for each group: a column a way, a row a thing. */
export function figureTables(runs: readonly Run[]): string {
  return runs.flatMap(({ machine, groups }) => [
    `${machine}:`,
    ...groups.filter((group) => group.length > 0).map(table),
  ]).join("\n\n");
}

function table(group: readonly Figure[]): string {
  const ways = waysOf(group);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(["", ...ways, "in proportion to"]),
    line(["---", ...ways.map(() => "---"), "---"]),
    ...rowsOf(group).map(({ what, to, figures }) =>
      line([
        what,
        ...ways.map((of) => cell(figures.find(({ way }) => way === of))),
        to,
      ])
    ),
  ].join("\n");
}

/** A ratio, and its target; bold where it misses that. */
function cell(figure: Figure | undefined): string {
  if (figure === undefined) return "";
  const { ratio, atMost } = figure;
  if (atMost === undefined) return twoDigits(ratio);
  const missed = ratio > atMost;
  const shown = missed ? `**${twoDigits(ratio)}**` : twoDigits(ratio);
  return `${shown} (at most ${twoDigits(atMost)})`;
}

/** Small ratios with two significant digits, others with two decimals. */
export function twoDigits(ratio: number): string {
  return ratio < 0.1 ? `${Number(ratio.toPrecision(2))}` : ratio.toFixed(2);
}
