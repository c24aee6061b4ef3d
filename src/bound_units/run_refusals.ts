/** Options of systemd-run by which a command would not be in its VRF. */

import { parseSettings } from "./settings.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { hasOption, type RunOption } from "../systemd/run_options.ts";

/**
 * Refuses options of systemd-run by which a command would not be in its VRF.
 *
 * @throws {UserError}
 */
export function assertKeepsBinding(
  options: readonly RunOption[],
  ifname: string,
): void {
  assertOurManager(options);
  assertOurProperties(options, ifname);
}

/**
 * Refuses options by which nothing could attach from inside the unit, which is
 * how it is done without denovrf-attach@.
 *
 * @throws {UserError}
 */
export function assertAttachesFromInside(options: readonly RunOption[]): void {
  for (const { name, value = "" } of options) {
    if (!/^(?:socket-)?property$/.test(name)) continue;
    if (/^(?:ExecCondition|ExecStartPre)=$/.test(value)) {
      throw removesBinding(value);
    }
  }
  assertOurRoot(options);
}

/** Refuses what makes systemd-run talk to another manager. */
function assertOurManager(options: readonly RunOption[]): void {
  if (hasOption(options, "user")) {
    throw new UserError(
      "Cannot run with --user: only the system manager may attach programs",
      { remedy: "Use --uid=USER in place of --user" },
    );
  }
  for (const name of ["capsule", "host", "machine"]) {
    if (!hasOption(options, name)) continue;
    throw new UserError(
      `Cannot run with --${name}: the binding exists only on this machine`,
    );
  }
}

/** Refuses properties that would take the binding out, or bind to another VRF. */
function assertOurProperties(
  options: readonly RunOption[],
  ifname: string,
): void {
  for (const { name, value = "" } of options) {
    if (name !== "property" && name !== "socket-property") continue;
    if (/^(?:BPFProgram|AssertPathExists)=$/.test(value)) {
      throw removesBinding(value);
    }
    const setting = /^BPFProgram=(.*)$/s.exec(value)?.[1] ?? "";
    const other = parseSettings([setting])?.ifname;
    if (other !== undefined && other !== ifname) {
      throw new UserError(
        `Cannot run with ${quote(value)}: it binds to ${quote(other)}, not ${
          quote(ifname)
        }`,
      );
    }
  }
}

function removesBinding(property: string): UserError {
  return new UserError(
    `Cannot run with ${quote(property)}: it would remove the binding`,
  );
}

/** Refuses another root: what attaches would be run in there. */
function assertOurRoot(options: readonly RunOption[]): void {
  const other = options.find(({ name, value = "" }) =>
    name === "root-directory" ||
    ((name === "property" || name === "socket-property") &&
      /^Root(?:Directory|Image|MStack)=(?!\/?$)/.test(value))
  );
  if (other === undefined) return;
  throw new UserError(
    "Cannot run with another root: denovrf's units are not installed",
    {
      remedy:
        "Install them (denovrf install), or use denovrf exec VRF chroot DIRECTORY COMMAND",
    },
  );
}
