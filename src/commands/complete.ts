/** Prints the completions of a word, for the completion scripts. */

import { allBoundUnits } from "../bound_units/bound_units.ts";
import type { Arguments } from "../cli/command.ts";
import { complete } from "../cli/completion.ts";
import { listNetdevs } from "../iproute2/netdev.ts";
import { print } from "../messages/print.ts";
import { runProgram } from "../os/subprocess.ts";

/** `denovrf complete` */
export function run({ operands }: Arguments): number {
  const found = complete(operands, {
    vrfs: vrfsHere,
    units: unitsHere,
    boundUnits: () => allBoundUnits().map(({ unit }) => unit),
  });
  if (found.length > 0) print(found.join("\n"));
  return 0;
}

function vrfsHere(): string[] {
  return listNetdevs().filter(({ kind }) => kind === "vrf")
    .map(({ ifname }) => ifname);
}

/** Of the types that can be bound. */
function unitsHere(): string[] {
  const { stdout } = runProgram("systemctl", [
    ...["list-unit-files", "--no-legend", "--full"],
    "--type=service,socket,slice,mount,swap",
  ], "Install systemd");
  return stdout.split("\n").map((line) => line.split(" ", 1)[0] ?? "")
    .filter((unit) => unit !== "");
}
