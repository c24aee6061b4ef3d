/** The command that binds a unit again, for remedies. */

import { type BoundUnit, RUN } from "../bound_units/bound_units.ts";
import { resolvConfOf } from "../bound_units/name_servers.ts";
import { shellWord } from "../messages/shell_word.ts";

/** What a person types to bind a unit as it is bound. */
export function bindCommand(
  { unit, ifname, scope, follow, mode, nameServers }: BoundUnit,
): string {
  const file = resolvConfOf(nameServers);
  return [
    "denovrf bind",
    ...follow ? ["--follow"] : [],
    ...mode.loopback ? ["--loopback"] : [],
    ...mode.lock ? ["--lock"] : [],
    ...scope === RUN ? ["--runtime"] : [],
    ...file === undefined ? [] : [`--resolv-conf ${file}`],
    ...[unit, ifname].map(shellWord),
  ].join(" ");
}
