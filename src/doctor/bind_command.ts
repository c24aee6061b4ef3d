import { shellWord } from "../shell_word.ts";
import { type BoundUnit, RUN } from "../systemd/bound_units.ts";
import { resolvConfOf } from "../systemd/name_servers.ts";

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
