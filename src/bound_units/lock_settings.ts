/** The setting of systemd's for what no program of a locked unit sees. Pure. */

import type { Section } from "../systemd/unit_name.ts";

/**
 * Families whose packets leave past every program. All of them take privileges,
 * or a module.
 */
const FAMILIES = ["AF_PACKET", "AF_RDS", "AF_TIPC", "AF_XDP"];

/**
 * The setting for a unit of a section; `undefined` for a slice, which runs
 * nothing. It takes from whatever else the unit may use, if it comes last: the
 * first assignment decides whether a list says what is allowed or what is not.
 *
 * There is none against io_uring, which makes sockets unseen by this one: what
 * SystemCallFilter= takes from a list of allowed calls, the unit is killed for,
 * and with an errno instead, it does not start (seen with 257).
 */
export function lockSetting(section: Section): string | undefined {
  return section === "Slice"
    ? undefined
    : `RestrictAddressFamilies=~${FAMILIES.join(" ")}`;
}
