/** Which resolv.conf a unit gets. */

import { isSpecifier } from "./specifier.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { exists } from "../os/files.ts";
import type { Section } from "../systemd/unit_name.ts";

/**
 * The resolv.conf that a unit gets as its own; `undefined` for the host's.
 *
 * @param ifname The interface, or a specifier that names it.
 * @param given The file that a person names; by default that of
 * /etc/denovrf/VRF, if it exists. With a specifier, its path may have one too.
 * @throws {UserError} If there is no such file, or the unit cannot have one.
 */
export function resolvConfFor(
  ifname: string,
  section: Section | "Scope",
  given: string | undefined,
): string | undefined {
  const isPossible = section !== "Scope" && hasOwnFiles(section);
  const file = given ?? resolvConfOfVrf(ifname);
  if (given === undefined && (!isPossible || !exists(file))) return undefined;
  if (!isPossible) {
    throw new UserError(
      `Cannot give a ${section.toLowerCase()} a resolv.conf: it has no files of its own`,
    );
  }
  const fault = faultOfPath(file, isSpecifier(ifname)) ??
    (exists(file) || file.includes("%") ? undefined : "it does not exist");
  if (fault === undefined) return file;
  throw new UserError(
    `Cannot use ${quote(file)} as resolv.conf: ${fault}`,
  );
}

/** Where the resolv.conf of a VRF's units is, if there is one. */
export function resolvConfOfVrf(ifname: string): string {
  return `/etc/denovrf/${ifname}/resolv.conf`;
}

/**
 * Why a path cannot be that of a unit's resolv.conf, whether anything exists
 * there or not.
 *
 * @param isTemplate Whether it may contain a specifier.
 */
export function faultOfPath(
  path: string,
  isTemplate: boolean,
): string | undefined {
  const file = isTemplate ? path.replace(/%[iIjJ]/g, "x") : path;
  if (!file.startsWith("/")) return "its path is not absolute";
  // Files of units and systemd-run have different rules for what is quoted.
  if (!/^[\w./@+,=~-]+$/.test(file)) {
    return "its path contains characters special to systemd";
  }
  return undefined;
}

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
