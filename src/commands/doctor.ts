/** Checks the machine and the installation. */

import type { Arguments } from "../cli/command.ts";
import { examine, type Finding } from "../doctor/check.ts";
import { INSTALLATION_CHECKS } from "../doctor/installation.ts";
import { MACHINE_CHECKS } from "../doctor/machine.ts";
import { print } from "../messages/print.ts";
import { printable } from "../messages/quote.ts";

/** `denovrf doctor` */
export function run({ flags }: Arguments): number {
  const findings = [...MACHINE_CHECKS, ...INSTALLATION_CHECKS].flatMap(examine);
  if (flags.has("json")) print(JSON.stringify(findings, null, 2));
  else for (const line of findings.flatMap(linesOf)) print(line);
  return findings.some(({ level }) => level === "problem") ? 1 : 0;
}

function linesOf(
  { check, level, message, remedy, detail }: Finding,
): string[] {
  const label = `${level.padEnd(7)}  ${check}: `;
  return [
    printable(`${label}${message}`),
    ...remedy === null ? [] : [printable(`${" ".repeat(9)}${remedy}`)],
    ...detail === undefined ? [] : [detail.trimEnd()],
  ];
}
