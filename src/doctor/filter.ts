/** A check of what the kernel takes for the filter of packets. */

import { unsupportedPrograms } from "../kernel/probe.ts";
import { type Result, warning } from "./check.ts";

/** What a kernel leaves open that cannot have a program, by its name. */
const OPEN: ReadonlyMap<string, string> = new Map([
  ["egress", "packets may leave outside of the VRF"],
  ["ingress", "packets may arrive from outside of the VRF"],
  ["setsockopt", "multicast groups may be joined outside of the VRF"],
]);

export function lookAtFilter(): Result {
  const problems = unsupportedPrograms().map(({ name, reason }) =>
    warning(
      `${reason.message}: ${OPEN.get(name) ?? `${name} is left out`}`,
      reason.remedy ?? "Use a later kernel",
    )
  );
  return problems.length > 0
    ? problems
    : "packets outside of the VRF are dropped";
}
