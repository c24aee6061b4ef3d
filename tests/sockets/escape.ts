/** By which ways a process gets packets out of its VRF, and into it. */

import { must } from "../shell.ts";

/** What unicast ways send to. */
export const PREFIXES = ["198.18.0.0/15", "2001:db8:51::/48"];

/** What lies outside of the VRF, in the default one. */
export interface Outside {
  device: string;
  /** The network namespace behind the device, in which it is eth0. */
  peer?: string;
}

/** What became of the ways. */
export interface Tried {
  /** What the process saw of each: "ok", or an error's name. */
  seen: Map<string, string>;
  /** Where something of a way was seen outside of the VRF, by the way. */
  leaks: Map<string, string[]>;
}

/** Each run has addresses of its own: what an earlier one left does not count. */
let runs = 0;

/**
 * Tries every way, and counts packets rather than believe options.
 *
 * @param prefix What a command is run in the VRF by.
 */
export async function tryWays(
  { device, peer = "-" }: Outside,
  prefix: readonly string[],
): Promise<Tried> {
  runs++;
  const printed = await must([
    ...["python3", `${import.meta.dirname}/watch.py`, `${runs}`],
    ...[device, peer, ...prefix],
  ]);
  const { tried, leaks } = JSON.parse(printed);
  return {
    seen: new Map(Object.entries(tried)),
    leaks: new Map(Object.entries(leaks)),
  };
}
