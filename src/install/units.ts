/** The files that denovrf brings along for systemd, and where they go. Pure. */

import rules from "../../units/99-denovrf.rules" with { type: "text" };
import allService from "../../units/denovrf-all.service" with { type: "text" };
import attachService from "../../units/denovrf-attach@.service" with {
  type: "text",
};
import followService from "../../units/denovrf-follow@.service" with {
  type: "text",
};
import goneService from "../../units/denovrf-gone@.service" with {
  type: "text",
};
import lockService from "../../units/denovrf-lock@.service" with {
  type: "text",
};
import loopbackService from "../../units/denovrf-loopback@.service" with {
  type: "text",
};
import service from "../../units/denovrf@.service" with { type: "text" };

/** The path of the executable in the files of units/. */
const EXECUTABLE = "/usr/local/bin/denovrf";

const FILES: Readonly<Record<string, string>> = {
  "/etc/systemd/system/denovrf@.service": service,
  "/etc/systemd/system/denovrf-all.service": allService,
  "/etc/systemd/system/denovrf-attach@.service": attachService,
  "/etc/systemd/system/denovrf-follow@.service": followService,
  "/etc/systemd/system/denovrf-gone@.service": goneService,
  "/etc/systemd/system/denovrf-lock@.service": lockService,
  "/etc/systemd/system/denovrf-loopback@.service": loopbackService,
  "/etc/udev/rules.d/99-denovrf.rules": rules,
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
  return Object.entries(FILES).map(([path, text]) => ({
    path,
    text: text.replaceAll(EXECUTABLE, () => word),
  }));
}

/**
 * The executable that an installed unit runs, by its ExecStart=.
 *
 * @returns `undefined` where the text is no such unit.
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
