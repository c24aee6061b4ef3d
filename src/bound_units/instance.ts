/** The names of denovrf's own units. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { runProgram } from "../os/subprocess.ts";
import { enablementOf, INSTALL_SYSTEMD } from "../systemd/systemctl.ts";
import { readTextIfExists } from "../os/files.ts";

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

/** The name of the instance of denovrf@ for an interface, escaped. */
export function instanceFor(ifname: string): string {
  const args = ["--template=denovrf@.service", "--", ifname];
  const { code, stdout, stderr } = runProgram(
    "systemd-escape",
    args,
    INSTALL_SYSTEMD,
  );
  if (code === 0) return stdout.trim();
  throw new UserError(`Cannot name the unit for ${quote(ifname)}: ${stderr}`);
}

/** The same, `undefined` if the unit is not installed. */
export function installedInstance(ifname: string): string | undefined {
  return enablementOf("denovrf@.service") === ""
    ? undefined
    : instanceFor(ifname);
}

/**
 * The last ifindex with which an instance of denovrf@ has come up; `undefined`
 * if there is none since the boot. `denovrf follow` has said it.
 */
export function lastIfindex(instance: string): number | undefined {
  const name = instance.replace(/^denovrf@|\.service$/g, "");
  const seen = readTextIfExists(`/run/denovrf/${name}`)?.trim().split(" ").at(
    -1,
  );
  const ifindex = Number(seen ?? 0);
  return ifindex > 0 ? ifindex : undefined;
}
