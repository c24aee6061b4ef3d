/** The binding that run and exec need. */

import { start } from "../../kernel/binding.ts";
import { instanceFor } from "../../bound_units/instance.ts";
import { unitsAreInstalled } from "../../install/units.ts";
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
  if (!isBooted() || !unitsAreInstalled()) {
    return { ifindex, instance: undefined };
  }
  const instance = instanceFor(ifname);
  systemctl("start", "--", instance);
  return { ifindex, instance };
}
