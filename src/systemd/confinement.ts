/** Settings of a unit that go with its binding, for what no program can stop. Pure. */

import type { Section } from "./unit_name.ts";

/** Families whose sockets are on the network past every program of ours. */
const FAMILIES_OUTSIDE = ["AF_PACKET", "AF_SMC", "AF_RDS", "AF_TIPC", "AF_XDP"];

/**
 * The socket of systemd-resolved that nss-resolve asks, whatever resolv.conf
 * says: in the host's network, for it is resolved that asks the servers.
 */
const RESOLVED_SOCKET = "/run/systemd/resolve/io.systemd.Resolve";

/** The settings that are written here; what they say depends on the machine. */
const NAMES = [
  "RestrictNetworkInterfaces",
  "RestrictAddressFamilies",
  "BindReadOnlyPaths",
  "InaccessiblePaths",
];

/** Whether a unit of a section runs programs, which can be confined. */
export function runsPrograms(section: Section): boolean {
  return section !== "Slice";
}

/**
 * What a locked unit may not use: devices but these, and families past which
 * our programs do not see. Of a unit's own list, the families are taken out.
 */
export function lockSettings(
  section: Section,
  devices: readonly string[],
): string[] {
  return [
    `RestrictNetworkInterfaces=${devices.join(" ")}`,
    ...runsPrograms(section)
      ? [`RestrictAddressFamilies=~${FAMILIES_OUTSIDE.join(" ")}`]
      : [],
  ];
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

/** The lines of a drop-in that are settings from here. */
export function confinementIn(text: string): string[] {
  return text.split("\n").filter((line) =>
    NAMES.some((name) => line.startsWith(`${name}=`))
  );
}
