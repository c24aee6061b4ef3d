/** What the bench found, as a chart: an SVG with a logarithmic axis. Pure. */

import { type Figure, rowsOf, type Run, twoDigits, waysOf } from "./figures.ts";

const WIDTH = 800;

const LINE = 20;

/** Where the axis begins and ends. */
const [LEFT, RIGHT] = [420, WIDTH - 20];

/** One colour a way: those of Okabe and Ito, which everybody can tell apart. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00"];

/** Its own background, for a page can be dark where the reader's system is not. */
const STYLE = `
text { font: 12px sans-serif; fill: #1f2328 }
.machine { font-weight: bold }
.page { fill: #fff }
.faint { fill: #59636e }
.grid { stroke: #d1d9e0 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .page { fill: #0d1117 }
  .faint { fill: #9198a1 }
  .grid { stroke: #3d444d }
}
`;

/**
 * A chart with a line for each thing that was measured, and on it a dot for each
 * way of doing it, and a bar where the dot is to be at most.
 */
export function chart(runs: readonly Run[]): string {
  const x = axis(runs.flatMap(({ groups }) => groups.flat()));
  const lines: string[] = [];
  let y = LINE;
  for (const { machine, groups } of runs) {
    lines.push(text(10, y += LINE, machine, ` class="machine"`));
    for (const group of groups) {
      lines.push(...legend(group, y += LINE));
      for (const { what, to, figures } of rowsOf(group)) {
        y += LINE;
        const label = `${escape(what)}, <tspan class="faint">to ${
          escape(to)
        }</tspan>`;
        lines.push(`<text x="20" y="${y}">${label}</text>`);
        for (const figure of figures) {
          const colour = colourOf(figure.way, group);
          lines.push(...marks(figure, x.at, y - 4, colour));
        }
      }
      y += LINE / 2;
    }
    y += LINE / 2;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}">
<style>${STYLE}</style>
<rect class="page" width="${WIDTH}" height="${y}" rx="6"/>
${grid(x, y)}
${lines.join("\n")}
</svg>
`;
}

interface Axis {
  /** Powers of ten. */
  ticks: number[];
  /** Where a ratio is. */
  at: (ratio: number) => number;
}

/** From the power of ten below all figures to the one above them. */
function axis(figures: readonly Figure[]): Axis {
  const all = figures.flatMap(({ ratio, atMost = 1 }) => [ratio, atMost, 1]);
  const first = Math.floor(Math.log10(Math.min(...all)));
  const last = Math.max(Math.ceil(Math.log10(Math.max(...all))), first + 1);
  const scale = (RIGHT - LEFT) / (last - first);
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, at) => first + at)
      .map((power) => 10 ** power),
    at: (ratio) => Math.round(LEFT + (Math.log10(ratio) - first) * scale),
  };
}

function grid({ ticks, at }: Axis, height: number): string {
  return ticks.map((tick) =>
    [
      `<line class="grid" x1="${at(tick)}" x2="${at(tick)}" y1="${LINE}" y2="${
        height - 6
      }"${tick === 1 ? ` stroke-width="2"` : ""}/>`,
      text(at(tick), LINE - 5, `${tick}`, ` text-anchor="middle"`),
    ].join("\n")
  ).join("\n");
}

/** What the dots of a group stand for. */
function legend(group: readonly Figure[], y: number): string[] {
  let x = 24;
  return waysOf(group).flatMap((way) => {
    const entry = [
      dot(x, y - 4, colourOf(way, group)),
      text(x + 8, y, way),
    ];
    x += 24 + way.length * 7;
    return entry;
  });
}

function marks(
  { way, ratio, atMost }: Figure,
  at: Axis["at"],
  y: number,
  colour: string,
): string[] {
  const title = `${way}: ${twoDigits(ratio)}`;
  const mark = dot(at(ratio), y, colour, title);
  if (atMost === undefined) return [mark];
  const target = at(atMost);
  return [
    `<path stroke="${colour}" stroke-width="2" d="M${target} ${y - 8}v16"/>`,
    mark,
  ];
}

function dot(x: number, y: number, colour: string, title?: string): string {
  const circle = `<circle cx="${x}" cy="${y}" r="4" fill="${colour}"`;
  if (title === undefined) return `${circle}/>`;
  return `${circle}><title>${escape(title)}</title></circle>`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}"${attributes}>${escape(content)}</text>`;
}

function colourOf(way: string, group: readonly Figure[]): string {
  return COLOURS[waysOf(group).indexOf(way) % COLOURS.length] ?? "";
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
