import { start } from "../binding.ts";
import type { Mode } from "../bpf/programs.ts";
import type { Netdev } from "../netdev/netdev.ts";
import { installedInstance, isBooted, systemctl } from "../systemd/systemd.ts";

/**
 * Makes sure that an interface is bound, and where the units are installed,
 * that its binding follows it from now on.
 *
 * @param mode Whose programs are pinned besides those of the plain mode.
 * @returns The interface to which sockets are bound.
 */
export function provideBinding(ifname: string, mode: Mode): Netdev {
  const netdev = start(ifname, mode);
  const instance = isBooted() ? installedInstance(ifname) : undefined;
  if (instance !== undefined) systemctl("start", "--", instance);
  return netdev;
}
