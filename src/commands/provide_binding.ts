import { start } from "../binding.ts";
import type { Netdev } from "../netdev/netdev.ts";
import { installedInstance, isBooted, systemctl } from "../systemd/systemd.ts";

/**
 * Makes sure that an interface is bound, and where the units are installed,
 * that its binding follows it from now on.
 *
 * @returns The interface to which sockets are bound.
 */
export function provideBinding(ifname: string): Netdev {
  const netdev = start(ifname);
  const instance = isBooted() ? installedInstance(ifname) : undefined;
  if (instance !== undefined) systemctl("start", "--", instance);
  return netdev;
}
