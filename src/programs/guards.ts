/**
 * The guards: what keeps sockets in the VRF that are not bound when they are
 * made, or no longer.
 *
 * They are attached beside the programs of a mode, and not pinned: systemd
 * attaches none of them, and a kernel may lack what they take.
 */

import type { ProgramSpec } from "../bpf/spec.ts";
import { ADDRESS_HOOKS, bindAtAddress } from "./late_bind.ts";
import { DISSOLVE_GUARD } from "./guard_dissolve.ts";
import { SCOPE_GUARDS } from "./guard_scope.ts";
import { SMC_GUARD } from "./guard_smc.ts";
import { INGRESS, INGRESS_OR_LOOPBACK } from "./lock_packets.ts";
import type { Mode } from "./modes.ts";
import { SINCE_SET_RETVAL } from "./prologue.ts";

/**
 * Bind, in the plain mode, what has no device when it turns to an address: a
 * socket that has lost its own, and one that the kernel has made for itself,
 * without running programs.
 */
const ADDRESS_GUARDS: readonly ProgramSpec[] = ADDRESS_HOOKS.map((hook) =>
  bindAtAddress(hook, {
    directory: "guard",
    since: SINCE_SET_RETVAL,
    shortName: "gd",
  }, [])
);

/** Every guard. */
export const GUARDS: readonly ProgramSpec[] = [
  ...ADDRESS_GUARDS,
  ...SCOPE_GUARDS,
  DISSOLVE_GUARD,
  SMC_GUARD,
  INGRESS,
  INGRESS_OR_LOOPBACK,
];

/** The guards of a mode, in the order in which they are attached. */
export function guardsOf({ loopback, lock }: Mode): readonly ProgramSpec[] {
  if (lock) return [loopback ? INGRESS_OR_LOOPBACK : INGRESS];
  return [
    ...loopback ? [] : ADDRESS_GUARDS,
    ...SCOPE_GUARDS,
    DISSOLVE_GUARD,
    SMC_GUARD,
  ];
}
