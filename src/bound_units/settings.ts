/** `BPFProgram=` settings: from a binding, and back. */

import { parsePinPath, pinPath } from "../kernel/pin_path.ts";
import { type Mode, modeOf, PROGRAMS, programsOf } from "../programs/modes.ts";

/** The settings by which systemd attaches a binding to a unit. */
export function bpfProgramSettings(ifname: string, mode: Mode): string[] {
  return programsOf(mode)
    .map(({ hook, name }) => `BPFProgram=${hook}:${pinPath(ifname, name)}`);
}

/** What values of `BPFProgram=` bind to and how, as far as they name our pins. */
export function parseSettings(
  values: readonly string[],
): { ifname: string; mode: Mode } | undefined {
  const pins = pinsIn(values)
    .filter(({ pinName }) => PROGRAMS.some(({ name }) => name === pinName));
  const [first] = pins;
  if (first === undefined) return undefined;
  const { ifname } = first;
  return { ifname, mode: modeOf(pins.map(({ pinName }) => pinName)) };
}

/** The pins of ours that values of `BPFProgram=` name. */
export function pinsIn(
  values: readonly string[],
): { ifname: string; pinName: string }[] {
  return values.flatMap((value) =>
    parsePinPath(value.slice(value.indexOf(":") + 1)) ?? []
  );
}
