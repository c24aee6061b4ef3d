/** The table of `denovrf list`. */

import type { BoundCgroup, VrfReport } from "./vrf_report.ts";
import { total } from "./refused.ts";
import { type Column, renderTable } from "../messages/table.ts";

/** The column that is shown only if something was refused. */
const REFUSED = "REFUSED";

const COLUMNS: readonly Column[] = [
  { heading: "VRF" },
  { heading: "IFINDEX", align: "right" },
  { heading: "TABLE", align: "right" },
  { heading: "STATE" },
  { heading: "PROGRAM", align: "right" },
  { heading: REFUSED, align: "right" },
  { heading: "PROCESSES", align: "right" },
  { heading: "UNIT" },
];

/** The lines of the table: a VRF, and a line for each further cgroup in it. */
export function listTable(
  reports: readonly VrfReport[],
  width: number,
): string[] {
  const rows = reports.flatMap(rowsOf);
  const at = COLUMNS.findIndex(({ heading }) => heading === REFUSED);
  if (reports.some(({ refused }) => refused !== null && total(refused) > 0)) {
    return renderTable(COLUMNS, rows, width);
  }
  return renderTable(
    COLUMNS.toSpliced(at, 1),
    rows.map((row) => row.toSpliced(at, 1)),
    width,
  );
}

/** Colours of states that want a look: red and yellow; see console_codes(4). */
const COLORS: Readonly<Record<string, string>> = {
  stale: "\x1b[31m",
  absent: "\x1b[33m",
};

const NORMAL = "\x1b[39m";

/** The same lines, with the states coloured in which sockets are refused. */
export function withColors(
  [header = "", ...lines]: readonly string[],
): string[] {
  const column = header.indexOf("STATE");
  return [
    header,
    ...lines.map((line) => {
      const state = /^\w+/.exec(line.slice(column))?.[0] ?? "";
      const color = COLORS[state];
      return color === undefined
        ? line
        : line.slice(0, column) + color + state + NORMAL +
          line.slice(column + state.length);
    }),
  ];
}

function rowsOf(report: VrfReport): string[][] {
  const { ifname, ifindex, table, state, program, refused, cgroups } = report;
  const vrf = [
    ifname,
    shown(ifindex),
    shown(table),
    state,
    shown(program),
    shown(refused === null ? null : total(refused)),
  ];
  const [first = ["", ""], ...others] = cgroups.map(cellsOf);
  return [
    [...vrf, ...first],
    ...others.map((cells) => [...vrf.map(() => ""), ...cells]),
  ];
}

function cellsOf(
  { path, unit, attached, open, loopback, lock, processes }: BoundCgroup,
): string[] {
  const name = unit ?? path;
  const words = attached
    ? [
      ...open ? ["open"] : [],
      ...loopback ? ["loopback"] : [],
      ...lock ? ["lock"] : [],
    ]
    : ["not attached"];
  const prefix = words.length === 0 ? "" : `${words.join(", ")}: `;
  return [`${processes}`, prefix + name];
}

function shown(value: number | null): string {
  return value === null ? "-" : `${value}`;
}
