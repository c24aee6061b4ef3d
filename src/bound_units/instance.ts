/** The names of denovrf's own units. */

import { readTextIfExists } from "../os/files.ts";

/** What an instance of denovrf@.service is named after, escaped as it stands there. */
export function nameInInstance(unit: string): string | undefined {
  return /^denovrf@(.+)\.service$/.exec(unit)?.[1];
}

/**
 * The interface that an instance of denovrf@.service names. Escaped as systemd
 * escapes (`vrf\x2dred`) or raw (`vrf-red`), it is the same interface: a "-"
 * stands for itself, for no interface name holds the "/" that systemd would
 * read it as. See "String Escaping for Inclusion in Unit Names", systemd.unit(5).
 */
export function ifnameOfInstance(instance: string): string {
  const bytes: number[] = [];
  for (const part of instance.split(/(\\x[0-9a-fA-F]{2})/)) {
    if (/^\\x[0-9a-fA-F]{2}$/.test(part)) {
      bytes.push(Number.parseInt(part.slice(2), 16));
    } else {
      bytes.push(...new TextEncoder().encode(part));
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** The instance of denovrf@ for an interface, escaped as systemd-escape(1) does. */
export function instanceFor(ifname: string): string {
  const escaped = ifname.replace(
    /^\.|[^\w:.]/gu,
    (character) =>
      [...new TextEncoder().encode(character)]
        .map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
  return `denovrf@${escaped}.service`;
}

/** The unit that attaches to another unit's cgroup. */
export function attachUnitFor(unit: string): string {
  return `denovrf-attach@${unit}.service`;
}

/**
 * The last ifindex with which the units of an interface have come up;
 * `undefined` if there is none since the boot. See units/README.md on the file.
 */
export function lastIfindex(ifname: string): number | undefined {
  const name = nameInInstance(instanceFor(ifname)) ?? "";
  const seen = readTextIfExists(`/run/denovrf/${name}`) ?? "";
  const ifindex = Number(seen.trim().split(" ").at(-1));
  return ifindex > 0 ? ifindex : undefined;
}
