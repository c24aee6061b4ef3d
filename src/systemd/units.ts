/** The files that denovrf brings along for systemd, and where they go. Pure. */

import renewService from "../../units/denovrf-renew@.service" with {
  type: "text",
};
import service from "../../units/denovrf@.service" with { type: "text" };

/** The path of the executable in the files of units/. */
const EXECUTABLE = "/usr/local/bin/denovrf";

const UNITS: Readonly<Record<string, string>> = {
  "denovrf@.service": service,
  "denovrf-renew@.service": renewService,
};

/** A file to be installed. */
export interface InstalledFile {
  /** Absolute, without the prefix. */
  readonly path: string;
  readonly text: string;
}

/**
 * What `denovrf install` writes.
 *
 * @param executable The absolute path at which units are to find denovrf.
 */
export function installedFiles(executable: string): InstalledFile[] {
  const word = quoteExecutable(executable);
  return Object.entries(UNITS).map(([name, text]) => ({
    path: `/etc/systemd/system/${name}`,
    text: text.replaceAll(EXECUTABLE, () => word),
  }));
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
