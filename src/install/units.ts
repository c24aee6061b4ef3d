/** The files of units/, and where they go. Pure. */

import rules from "../../units/99-denovrf.rules" with { type: "text" };
import attachService from "../../units/denovrf-attach@.service" with {
  type: "text",
};
import followService from "../../units/denovrf-follow@.service" with {
  type: "text",
};
import service from "../../units/denovrf@.service" with { type: "text" };

/** The path of the executable in the files of units/. */
const EXECUTABLE = "/usr/local/bin/denovrf";

const SYSTEM = "/etc/systemd/system";

/** The unit files, by name; the first is the one that people name. */
const UNIT_FILES: Readonly<Record<string, string>> = {
  "denovrf@.service": service,
  "denovrf-attach@.service": attachService,
  "denovrf-follow@.service": followService,
};

/** The names of the units. */
export const UNITS: readonly string[] = Object.keys(UNIT_FILES);

/** Names of units that earlier versions installed. */
export const EARLIER_UNITS: readonly string[] = [
  "denovrf-all.service",
  "denovrf-gone@.service",
  "denovrf-lock@.service",
  "denovrf-loopback@.service",
];

/** A file to be installed. */
export interface InstalledFile {
  /** Absolute, without the prefix. */
  readonly path: string;
  readonly text: string;
}

/** Where a unit of denovrf is installed, without the prefix. */
export function unitPath(unit: string): string {
  return `${SYSTEM}/${unit}`;
}

/**
 * What `denovrf install` writes.
 *
 * @param executable The absolute path at which units are to find denovrf.
 */
export function installedFiles(executable: string): InstalledFile[] {
  const word = quoteExecutable(executable);
  const units = Object.entries(UNIT_FILES)
    .map(([name, text]) => [unitPath(name), text] as const);
  return [...units, ["/etc/udev/rules.d/99-denovrf.rules", rules] as const]
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
 * A path as the first word of ExecStart=: quoted where it has to be, and "%"
 * doubled. See "Command lines" in systemd.service(5).
 */
export function quoteExecutable(path: string): string {
  const escaped = path.replaceAll("%", "%%");
  if (/^[\w@%+,./:=-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
