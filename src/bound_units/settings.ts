/** The `BPFProgram=` setting: from a binding, and back. */

import { parsePinPath, pinPath } from "../kernel/pins.ts";
import { entryOf, type Mode, modeOfPin } from "../programs/modes.ts";

/**
 * The setting by which systemd attaches the program that binds new sockets. Its
 * path states the VRF and the mode; denovrf-attach@ attaches everything else.
 */
export function bpfProgramSetting(ifname: string, mode: Mode): string {
  return `BPFProgram=sock_create:${pinPath(ifname, entryOf(mode).pin)}`;
}

/** What values of `BPFProgram=` bind to and how, as far as they name our pins. */
export function parseSettings(
  values: readonly string[],
): { ifname: string; mode: Mode } | undefined {
  return pinsIn(values).flatMap(({ ifname, pinName }) => {
    const mode = modeOfPin(pinName);
    return mode === undefined ? [] : [{ ifname, mode }];
  })[0];
}

/** The pins of ours that values of `BPFProgram=` name. */
export function pinsIn(
  values: readonly string[],
): { ifname: string; pinName: string }[] {
  return values.flatMap((value) =>
    parsePinPath(value.slice(value.indexOf(":") + 1)) ?? []
  );
}
