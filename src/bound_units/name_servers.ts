/** Settings that give a unit its VRF's name servers. Pure. */

import type { Section } from "../systemd/unit_name.ts";

/**
 * The socket of systemd-resolved that nss-resolve asks, whatever resolv.conf
 * says: in the host's network, for it is resolved that asks the servers.
 */
const RESOLVED_SOCKET = "/run/systemd/resolve/io.systemd.Resolve";

/**
 * Whether a unit of a section can have files of its own. What mounts could,
 * too, but nobody else would see the mount then.
 */
export function hasOwnFiles(section: Section): boolean {
  return section === "Service" || section === "Socket";
}

/**
 * Gives a unit a resolv.conf of its own.
 *
 * @param file Its path, with nothing in it that systemd would take for more.
 */
export function resolvConfSettings(file: string): string[] {
  return [
    `BindReadOnlyPaths=${file}:/etc/resolv.conf`,
    `InaccessiblePaths=-${RESOLVED_SOCKET}`,
  ];
}
