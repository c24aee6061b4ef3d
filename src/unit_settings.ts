/** What stands in a bound unit's section, for this machine as it is now. */

import { bpfProgramSettings } from "./binding.ts";
import type { Mode } from "./bpf/programs.ts";
import { UserError } from "./errors.ts";
import { listNetdevs } from "./netdev/netdev.ts";
import {
  lockSettings,
  resolvConfSettings,
  runsPrograms,
} from "./systemd/confinement.ts";
import { isThere } from "./systemd/files.ts";
import type { Section } from "./systemd/unit_name.ts";

/**
 * The settings that confine a unit as far as programs cannot: to the VRF's
 * devices where it is locked, and to the VRF's name servers.
 *
 * @param resolvConf The unit's resolv.conf; by default that of
 * /etc/denovrf/VRF, if there is one.
 * @throws {UserError} Where there is no such file, or nothing to read it.
 */
export function confinementSettings(
  ifname: string,
  mode: Mode,
  section: Section,
  resolvConf: string | undefined,
): string[] {
  return [
    ...mode.lock ? lockSettings(section, devicesOf(ifname, mode)) : [],
    ...resolverSettings(ifname, section, resolvConf),
  ];
}

/** The settings by which systemd attaches a binding, and those that confine. */
export function unitSettings(
  ifname: string,
  mode: Mode,
  section: Section,
  resolvConf: string | undefined,
): string[] {
  return [
    ...bpfProgramSettings(ifname, mode),
    ...confinementSettings(ifname, mode, section, resolvConf),
  ];
}

/** The VRF, what is in it now, and the host's loopback where that is in reach. */
function devicesOf(ifname: string, { loopback }: Mode): string[] {
  const inside = listNetdevs().filter(({ master }) => master === ifname);
  return [
    ifname,
    ...inside.map((netdev) => netdev.ifname),
    ...loopback ? ["lo"] : [],
  ];
}

function resolverSettings(
  ifname: string,
  section: Section,
  resolvConf: string | undefined,
): string[] {
  const file = resolvConf ?? `/etc/denovrf/${ifname}/resolv.conf`;
  if (resolvConf === undefined && (!runsPrograms(section) || !isThere(file))) {
    return [];
  }
  if (!runsPrograms(section)) {
    throw new UserError(
      `Cannot give a ${section.toLowerCase()} a resolv.conf: it runs no programs of its own`,
    );
  }
  const fault = faultOf(file);
  if (fault === undefined) return resolvConfSettings(file);
  throw new UserError(
    `Cannot use ${JSON.stringify(file)} as resolv.conf: ${fault}`,
  );
}

function faultOf(file: string): string | undefined {
  if (!file.startsWith("/")) return "its path is not absolute";
  // Files of units and systemd-run have different rules for what is quoted.
  if (!/^[\w./@+,=~-]+$/.test(file)) {
    return "its path holds what systemd would take for more than a name";
  }
  return isThere(file) ? undefined : "it is not there";
}
