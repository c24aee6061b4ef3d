/** What binds a transient unit of systemd-run: its name and properties. */

import { attachUnitFor } from "./instance.ts";
import { resolvConfSettings } from "./resolv_conf.ts";
import { bpfProgramSetting, parseSettings } from "./settings.ts";
import { executablePath } from "../install/executable.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import type { Mode } from "../programs/modes.ts";
import { hasOption, type RunOption } from "../systemd/run_options.ts";
import { mangle } from "../systemd/systemctl.ts";

/** What systemd-run makes: a service, unless told otherwise. */
export type TransientType = "service" | "scope";

/** A transient unit's binding. */
export interface TransientBinding {
  readonly ifname: string;
  readonly mode: Mode;
  /** The unit denovrf@… of the interface, if the units are installed. */
  readonly instance: string | undefined;
  /** The path of its own resolv.conf, if it has one. */
  readonly resolvConf: string | undefined;
}

/** What systemd-run is going to make. */
export function transientType(options: readonly RunOption[]): TransientType {
  return hasOption(options, "scope") ? "scope" : "service";
}

/**
 * systemd-run's options that bind what it makes, and give it a name that we
 * know.
 *
 * @param options Those that a person gives.
 */
export function bindingOptions(
  binding: TransientBinding,
  options: readonly RunOption[],
): string[] {
  const given = options.findLast(({ name }) => name === "unit")?.value;
  const unit = mangle(
    transientName(given ?? ownName(), transientType(options)),
  );
  const socket = unit.replace(/\.service$/, ".socket");
  return [
    ...given === undefined ? [`--unit=${unit}`] : [],
    // With full privileges, whatever the unit's own.
    ...propertiesOf(unit, binding, "ExecCondition=+")
      .map((property) => `--property=${property}`),
    // Of the socket unit that it makes beside a service. Without "+": transient
    // sockets do not take it (seen with 257).
    ...unit === socket || !hasOption(options, "socket-property")
      ? []
      : propertiesOf(socket, binding, "ExecStartPre=")
        .map((property) => `--socket-property=${property}`),
  ];
}

function ownName(): string {
  return `denovrf-run-${Deno.pid}-${Date.now().toString(36)}`;
}

/**
 * The name of the unit that a command runs in, before systemd mangles it.
 *
 * @param given The value of systemd-run's `--unit`; of a timer's too, the
 * service has the name.
 */
export function transientName(given: string, type: TransientType): string {
  if (type === "scope") {
    return given.endsWith(".scope") ? given : `${given}.scope`;
  }
  const name = given.replace(/\.timer$/, "");
  return name.endsWith(".service") ? name : `${name}.service`;
}

/**
 * What binds a unit: its cgroup is made and attached to before anything starts
 * in there.
 *
 * @param inside The setting that runs a command before the unit has sockets. It
 * attaches if the units are not installed.
 */
function propertiesOf(
  unit: string,
  { ifname, mode, instance, resolvConf }: TransientBinding,
  inside: string,
): string[] {
  const program = bpfProgramSetting(ifname, mode);
  const [denovrf, attach] = [instance ?? "", attachUnitFor(unit)].map(
    quoteWord,
  );
  return [
    ...instance === undefined ? [`${inside}${attachFromInside(unit)}`] : [
      `Wants=${denovrf}`,
      `Requires=${attach}`,
      `After=${denovrf} ${attach}`,
    ],
    `AssertPathExists=${program.slice(program.indexOf(":") + 1)}`,
    program,
    ...resolvConf === undefined ? [] : resolvConfSettings(resolvConf),
  ];
}

/**
 * A command line that attaches from inside of a unit: a transient unit takes the
 * place of denovrf-attach@. Every failure is the unit's: exit status 255 of
 * ExecCondition=, where 1 would skip the unit as if all were well. The command
 * has nothing of the unit's environment; env(1) itself has it (LD_PRELOAD=), as
 * every command of a unit does. And in what it takes for a chroot, systemctl
 * would do nothing and exit with 0.
 */
function attachFromInside(unit: string): string {
  const command = [
    ...["/usr/bin/systemd-run", "--quiet", "--collect", "--wait", "--"],
    ...[executablePath(), "attach", "--", unit],
  ];
  const words = command.map(quoteWord).join(" ");
  return `/usr/bin/env -i SYSTEMD_IGNORE_CHROOT=1 /bin/sh -c '"$@" </dev/null || exit 255' sh ${words}`;
}

/** A word as systemd-run reads it in a property; see "Quoting" in systemd.syntax(7). */
function quoteWord(word: string): string {
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

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
