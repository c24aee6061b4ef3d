/** What denovrf asks of systemd, through systemd's own tools. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { showChange } from "../messages/print.ts";
import { type Output, runProgram } from "../os/subprocess.ts";

/**
 * The version that brought BPFProgram=; see systemd's NEWS. systemctl shows the
 * property only of units that have it, so there is nothing to probe.
 */
export const FIRST_WITH_BPF_PROGRAM = 249;

export const INSTALL_SYSTEMD = "Install systemd, or run this where it is PID 1";

/** Whether systemd is PID 1 here; see sd_booted(3). */
export function isBooted(): boolean {
  try {
    return Deno.lstatSync("/run/systemd/system").isDirectory;
  } catch {
    return false;
  }
}

/** Has systemctl change something. @throws {UserError} With its own words. */
export function systemctl(...args: string[]): void {
  ask(args);
  showChange(`systemctl ${args.join(" ")}`);
}

/**
 * Properties of a unit, by name. Of one that has several values, systemctl
 * prints a line for each; they are joined by spaces here.
 *
 * @throws {UserError} If systemctl refuses to tell.
 */
export function showUnit(
  unit: string,
  properties: readonly string[],
): ReadonlyMap<string, string> {
  return parseProperties(ask(showing(properties, [unit])).stdout);
}

/** What answers for a unit: {@linkcode showUnit}, or {@linkcode showUnits}. */
export type ShowUnit = typeof showUnit;

/**
 * Asks for properties of many units at once. For a command that looks at all of
 * them, and changes none: a process of systemctl for each question would take
 * most of its time.
 *
 * @returns What answers from that; it asks systemctl for everything else.
 */
export function showUnits(
  units: readonly string[],
  properties: readonly string[],
): ShowUnit {
  if (units.length === 0) return showUnit;
  const args = showing(properties, units);
  const { code, stdout } = runProgram("systemctl", args, INSTALL_SYSTEMD);
  // An empty line between units, in their order.
  const texts = stdout.split("\n\n");
  // If one name is wrong, each unit is asked for by itself.
  if (code !== 0 || texts.length !== units.length) return showUnit;
  const shown = new Map(
    units.map((unit, at) => [unit, parseProperties(texts[at] ?? "")]),
  );
  return (unit, names) => {
    const known = names.every((name) => properties.includes(name))
      ? shown.get(unit)
      : undefined;
    return known ?? showUnit(unit, names);
  };
}

function showing(
  properties: readonly string[],
  units: readonly string[],
): string[] {
  return ["show", `--property=${properties}`, "--", ...units];
}

/** Reads what `systemctl show` prints. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at < 0) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1)];
    const before = properties.get(name);
    properties.set(name, before === undefined ? value : `${before} ${value}`);
  }
  return properties;
}

/** Has systemd and udev read their files again. */
export function reloadManagers(): void {
  systemctl("daemon-reload");
  const args = ["control", "--reload"];
  const { code } = runProgram("udevadm", args, "Install udev");
  // Without udev, as in a container, there is nothing to tell.
  if (code === 0) showChange(`udevadm ${args.join(" ")}`);
}

/** Whether a unit file is enabled, masked, static …; `""` for no such file. */
export function enablementOf(unit: string): string {
  const args = ["is-enabled", "--", unit];
  const state = runProgram("systemctl", args, INSTALL_SYSTEMD).stdout.trim();
  // The word that later versions have for what earlier ones print nothing for.
  return state === "not-found" ? "" : state;
}

/** The name of a unit as systemd's tools take one from a person. */
export function mangle(unit: string): string {
  if (/^[\w:.\\@-]+$/.test(unit)) return unit;
  const args = ["--mangle", "--", unit];
  const { code, stdout, stderr } = runProgram(
    "systemd-escape",
    args,
    INSTALL_SYSTEMD,
  );
  if (code === 0) return stdout.trim();
  throw new UserError(
    `Cannot use ${quote(unit)} as the name of a unit: ${stderr}`,
  );
}

/** The version of systemd, such as 257. */
export function systemdVersion(): number {
  const { stdout } = ask(["--version"]);
  return Number(/^systemd (\d+)/.exec(stdout)?.[1]);
}

/** Refuses a system whose systemd attaches no programs, or that has none. */
export function assertAttachesPrograms(): void {
  if (!isBooted()) {
    throw new UserError("Cannot bind units: systemd is not PID 1 here");
  }
  const version = systemdVersion();
  if (version >= FIRST_WITH_BPF_PROGRAM) return;
  throw new UserError(
    `Cannot bind units: systemd ${version} does not support BPFProgram=`,
    { remedy: `It requires systemd ${FIRST_WITH_BPF_PROGRAM} or later` },
  );
}

function ask(args: string[]): Output {
  const output = runProgram("systemctl", args, INSTALL_SYSTEMD);
  if (output.code === 0) return output;
  const reason = output.stderr.split("\n")[0] ||
    `it exited with ${output.code}`;
  throw new UserError(`Cannot run "systemctl ${args.join(" ")}": ${reason}`, {
    detail: output.stderr,
  });
}
