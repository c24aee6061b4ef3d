/** The files of units/, and where they go. */

import rules from "../../units/99-denovrf.rules" with { type: "text" };
import attachService from "../../units/denovrf-attach@.service" with {
  type: "text",
};
import followService from "../../units/denovrf-follow@.service" with {
  type: "text",
};
import service from "../../units/denovrf@.service" with { type: "text" };
import { exists } from "../os/files.ts";

/** The path of the executable in the files of units/. */
const EXECUTABLE = "/usr/local/bin/denovrf";

/** Directories for unit files and for udev's rules. */
export interface Place {
  readonly units: string;
  readonly rules: string;
}

/** Where `denovrf install` puts them, as an administrator would. */
export const LOCAL: Place = {
  units: "/etc/systemd/system",
  rules: "/etc/udev/rules.d",
};

/** Where a package puts them: what is in the local place goes first. */
export const PACKAGED: Place = {
  units: "/usr/lib/systemd/system",
  rules: "/usr/lib/udev/rules.d",
};

/** The unit files, by name; the first is the one that people name. */
const UNIT_FILES: Readonly<Record<string, string>> = {
  "denovrf@.service": service,
  "denovrf-attach@.service": attachService,
  "denovrf-follow@.service": followService,
};

/** The names of the units. */
export const UNITS: readonly string[] = Object.keys(UNIT_FILES);

/** A file to be installed. */
export interface InstalledFile {
  /** Absolute, without the prefix. */
  readonly path: string;
  readonly text: string;
}

/** The path of a unit of denovrf, without the prefix. */
export function unitPath(unit: string, place = LOCAL): string {
  return `${place.units}/${unit}`;
}

/** Whether all units are installed, in one place or the other. */
export function unitsAreInstalled(): boolean {
  return UNITS.every((unit) =>
    exists(unitPath(unit)) || exists(unitPath(unit, PACKAGED))
  );
}

/**
 * The unit files and the rule, as they are in a place.
 *
 * @param executable The absolute path at which units are to find denovrf.
 */
export function installedFiles(
  executable: string,
  place = LOCAL,
): InstalledFile[] {
  const word = quoteExecutable(executable);
  const units = Object.entries(UNIT_FILES)
    .map(([name, text]) => [unitPath(name, place), text] as const);
  return [...units, [`${place.rules}/99-denovrf.rules`, rules] as const]
    .map(([path, text]) => ({
      path,
      text: text.replaceAll(EXECUTABLE, () => word),
    }));
}

/**
 * The executable that an installed unit runs, by its ExecStart=.
 *
 * @returns `undefined` if the text is no such unit.
 */
export function executableIn(text: string): string | undefined {
  const word = /^ExecStart=("(?:[^"\\]|\\.)*"|\S+)/m.exec(text)?.[1];
  return word?.replace(/^"(.*)"$/s, "$1").replace(/\\(.)/gs, "$1")
    .replaceAll("%%", "%");
}

/**
 * A path as the first word of ExecStart=: quoted if it has to be, and "%"
 * doubled. See "Command lines" in systemd.service(5).
 */
export function quoteExecutable(path: string): string {
  const escaped = path.replaceAll("%", "%%");
  if (/^[\w@%+,./:=-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
