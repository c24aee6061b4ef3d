/** What binds a transient unit of systemd-run: its name and properties. Pure. */

import { orFail } from "./drop_in.ts";
import type { RunOption } from "../systemd/run_options.ts";

/** What systemd-run makes: a service, unless told otherwise. */
export type TransientType = "service" | "scope";

/** A transient unit's binding. */
export interface TransientBinding {
  /** Its settings; first the line `BPFProgram=HOOK:PATH` of a pin to wait for. */
  readonly settings: readonly string[];
  /** The units that pin its programs, where installed; see instancesOf(). */
  readonly instances: readonly string[];
  /** Attaches to the cgroup of the unit of that name; the words of a command. */
  readonly attach: (unit: string) => readonly string[];
}

/** What systemd-run is going to make. */
export function transientType(options: readonly RunOption[]): TransientType {
  return has(options, "scope") ? "scope" : "service";
}

/** Whether an option is given. */
export function has(options: readonly RunOption[], name: string): boolean {
  return options.some((option) => option.name === name);
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

/** systemd-run's options that bind a service. */
export function serviceOptions(
  unit: string,
  binding: TransientBinding,
): string[] {
  return [
    ...unitOptions(binding),
    // With full privileges, whatever the unit's own.
    `ExecCondition=+${inPlace(binding.attach(unit))}`,
  ].map((property) => `--property=${property}`);
}

/** systemd-run's options that bind the socket unit it makes beside a service. */
export function socketOptions(
  service: string,
  binding: TransientBinding,
): string[] {
  const unit = service.replace(/\.service$/, ".socket");
  return [
    ...unitOptions(binding),
    // Without "+": transient sockets do not take it (seen with 257).
    `ExecStartPre=${inPlace(binding.attach(unit))}`,
  ].map((property) => `--socket-property=${property}`);
}

/**
 * systemd-run's options that bind a scope. It has no process of its own that
 * could attach, so that is done before it starts; see denovrf-attach@.service.
 */
export function scopeOptions(
  binding: TransientBinding,
  attachUnit: string,
): string[] {
  return [
    ...unitOptions(binding),
    `Requires=${quoteWord(attachUnit)}`,
    `After=${quoteWord(attachUnit)}`,
  ].map((property) => `--property=${property}`);
}

function unitOptions({ settings, instances }: TransientBinding): string[] {
  return [
    ...instances.flatMap((instance) => [
      `Wants=${quoteWord(instance)}`,
      `After=${quoteWord(instance)}`,
    ]),
    ...settings.slice(0, 1).map((setting) =>
      `AssertPathExists=${setting.slice(setting.indexOf(":") + 1)}`
    ),
    ...settings,
  ];
}

/** Runs a command whose every failure is to be the unit's. */
function inPlace(command: readonly string[]): string {
  const words = command.map(quoteWord).join(" ");
  return `${orFail('"$@" </dev/null')} sh ${words}`;
}

/** A word as systemd-run reads it in a property; see "Quoting" in systemd.syntax(7). */
function quoteWord(word: string): string {
  return `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
