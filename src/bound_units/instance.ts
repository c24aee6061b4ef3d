/** The names of denovrf's own units. Pure. */

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

/** The unit that attaches to another unit's cgroup. */
export function attachUnitFor(unit: string): string {
  return `denovrf-attach@${unit}.service`;
}
