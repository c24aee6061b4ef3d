/** Settings of systemd's for what no program of a locked unit can see. Pure. */

import type { Section } from "./unit_name.ts";

/**
 * Families whose packets leave past every program. All of them take privileges,
 * or a module.
 */
const FAMILIES = ["AF_PACKET", "AF_RDS", "AF_TIPC", "AF_XDP"];

const SETTINGS = [
  `RestrictAddressFamilies=~${FAMILIES.join(" ")}`,
  // It makes sockets of any family, unseen by what restricts those.
  "SystemCallFilter=~io_uring_setup:ENOSYS",
];

/**
 * The settings for a unit of a section; none for a slice, which runs nothing.
 * They take from whatever else a unit may use, if they come last: the first
 * assignment decides whether a list says what is allowed or what is not.
 */
export function lockSettings(section: Section): readonly string[] {
  return section === "Slice" ? [] : SETTINGS;
}
