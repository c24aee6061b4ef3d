/** The binding that run and exec need. */

import { start } from "../../kernel/binding.ts";
import { installedInstance } from "../../bound_units/instance.ts";
import { isBooted, systemctl } from "../../systemd/systemctl.ts";

/** A binding that exists, and stays. */
export interface ProvidedBinding {
  /** What sockets are bound to. */
  readonly ifindex: number;
  /** The unit denovrf@… that follows the interface, if it is installed. */
  readonly instance: string | undefined;
}

/**
 * Makes sure that an interface is bound, and if the units are installed,
 * that its binding follows it from now on.
 */
export function provideBinding(ifname: string): ProvidedBinding {
  const { ifindex } = start(ifname).netdev;
  const instance = isBooted() ? installedInstance(ifname) : undefined;
  if (instance !== undefined) systemctl("start", "--", instance);
  return { ifindex, instance };
}
