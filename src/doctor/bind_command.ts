/** The command that binds a unit again, for remedies. */

import {
  allBoundUnits,
  type BoundUnit,
  RUN,
} from "../bound_units/bound_units.ts";
import { shellWord } from "../messages/quote.ts";

/**
 * What a person types to bind a unit as it is bound: a socket unit that was
 * bound with its service, by binding that again.
 */
export function bindCommand(bound: BoundUnit): string {
  const service = allBoundUnits().find(({ unit }) => unit === bound.boundWith);
  return commandOf(service ?? bound);
}

function commandOf(bound: BoundUnit): string {
  const { unit, ifname, directory, follow, mode, resolvConf } = bound;
  return [
    "denovrf bind",
    ...follow ? ["--follow"] : [],
    ...mode.loopback ? ["--loopback"] : [],
    ...mode.lock ? ["--lock"] : [],
    ...directory === RUN ? ["--runtime"] : [],
    ...resolvConf === undefined ? [] : [`--resolv-conf ${resolvConf}`],
    ...bound.withoutSockets ? ["--without-sockets"] : [],
    ...[unit, ifname].map(shellWord),
  ].join(" ");
}
