/** Lists the sockets that are outside the VRFs of their processes. */

import { boundUnits } from "../bound_units/bound_units.ts";
import type { Arguments } from "../cli/command.ts";
import { type Member, members } from "../inspect/membership.ts";
import { type SocketFinding, verifySockets } from "../inspect/verification.ts";
import { listNetdevs } from "../iproute2/netdev.ts";
import { kernelSockets, socketCgroups } from "../iproute2/ss.ts";
import { UserError } from "../messages/errors.ts";
import { lineWidth, note, print, withProgress } from "../messages/print.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { type Column, renderTable } from "../messages/table.ts";
import { isRoot } from "../os/libc.ts";
import { resolveAlias } from "../systemd/unit.ts";
import {
  namesOfDropIns,
  parseUnitName,
  sectionOf,
  wholeUnitName,
} from "../systemd/unit_name.ts";

const COLUMNS: readonly Column[] = [
  { heading: "VRF" },
  { heading: "STATE" },
  { heading: "DEVICE" },
  { heading: "PROTOCOL" },
  { heading: "LOCAL" },
  { heading: "REMOTE" },
  { heading: "PID", align: "right" },
  { heading: "PROCESS" },
  { heading: "UNIT" },
];

/** `denovrf verify` */
export function run({ operands, flags }: Arguments): number {
  const declared = boundUnits();
  const everyone = members(declared);
  const chosen = operands.length === 0
    ? everyone
    : operands.flatMap((operand) => membersOf(operand, everyone, declared));
  const { processes, sockets, findings } = withProgress(
    `Checking sockets (processes: ${chosen.length})`,
    () => verifySockets(chosen, everyone, listNetdevs(), socketCgroups()),
  );
  if (flags.has("json")) {
    print(JSON.stringify(findings, null, 2));
  } else if (findings.length > 0) {
    const rows = findings.map(cellsOf);
    print(renderTable(COLUMNS, rows, lineWidth()).join("\n"));
  } else {
    print(
      `All sockets are in their VRFs (sockets: ${sockets}, processes: ${processes})`,
    );
  }
  if (operands.length === 0 && isRoot()) noteKernelSockets();
  return findings.some(({ state }) => state === "outside") ? 1 : 0;
}

/** Says what no process has open, and so no unit can bind. */
function noteKernelSockets(): void {
  for (const { protocol, local } of kernelSockets()) {
    if (local.includes("%")) continue;
    note(`${protocol} ${local} is the kernel's own socket, and in no VRF`);
  }
}

/** The processes of a unit that is in a VRF. */
function membersOf(
  operand: string,
  everyone: readonly Member[],
  declared: ReadonlyMap<string, string>,
): Member[] {
  const whole = wholeUnitName(operand);
  const name = sectionOf(whole) === undefined
    ? whole
    : resolveAlias(parseUnitName(whole)).name;
  const found = everyone.filter(({ cgroup }) =>
    cgroup.split("/").map((part) => part.replace(/^_/, ""))
      .some((part) => namesOfDropIns(part).includes(name))
  );
  if (found.length > 0 || declared.has(name)) return found;
  throw new UserError(`Cannot verify ${quote(name)}: it is not in a VRF`, {
    remedy: sectionOf(name) === undefined
      ? undefined
      : `Bind it first: denovrf bind ${shellWord(name)} VRF`,
  });
}

function cellsOf(finding: SocketFinding): string[] {
  const { vrf, state, device, protocol, local, remote, pid, process, unit } =
    finding;
  return [
    vrf,
    state,
    device ?? "-",
    protocol,
    local,
    remote,
    `${pid}`,
    process,
    unit,
  ];
}
