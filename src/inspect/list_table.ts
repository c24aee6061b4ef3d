/** The table of `denovrf list`. Pure. */

import type { BoundCgroup, VrfReport } from "./vrf_report.ts";
import { type Column, renderTable } from "../messages/table.ts";

const COLUMNS: readonly Column[] = [
  { heading: "VRF" },
  { heading: "IFINDEX", align: "right" },
  { heading: "TABLE", align: "right" },
  { heading: "STATE" },
  { heading: "PROGRAM", align: "right" },
  { heading: "PROCESSES", align: "right" },
  { heading: "UNIT" },
];

/** The lines of the table: a VRF, and a line for each further cgroup in it. */
export function listTable(
  reports: readonly VrfReport[],
  width: number,
): string[] {
  return renderTable(COLUMNS, reports.flatMap(rowsOf), width);
}

function rowsOf(report: VrfReport): string[][] {
  const { ifname, ifindex, table, state, program, cgroups } = report;
  const vrf = [
    ifname,
    shown(ifindex),
    shown(table),
    state,
    shown(program),
  ];
  const [first = ["", ""], ...others] = cgroups.map(cellsOf);
  return [
    [...vrf, ...first],
    ...others.map((cells) => [...vrf.map(() => ""), ...cells]),
  ];
}

function cellsOf(
  { path, unit, attached, loopback, lock, processes }: BoundCgroup,
): string[] {
  const name = unit ?? path;
  const words = attached
    ? [...loopback ? ["loopback"] : [], ...lock ? ["lock"] : []]
    : ["not attached"];
  const prefix = words.length === 0 ? "" : `${words.join(", ")}: `;
  return [`${processes}`, prefix + name];
}

function shown(value: number | null): string {
  return value === null ? "-" : `${value}`;
}
