/** Our BPF programs: those of each mode. */

import type { ProgramSpec } from "../bpf/spec.ts";
import { LOCK_LOOPBACK, LOCK_PLAIN } from "./lock.ts";
import { LOOPBACK } from "./loopback.ts";
import { KERNEL_NAME_PREFIX } from "./prologue.ts";
import { PLAIN } from "./plain.ts";

/** How the sockets of a cgroup are bound. */
export interface Mode {
  /** Whether loopback traffic stays on the host. */
  readonly loopback: boolean;
  /** Whether processes are kept from choosing another device. */
  readonly lock: boolean;
}

/** Every socket is bound when it is created. */
export const PLAIN_MODE: Mode = { loopback: false, lock: false };

/** Whether a mode is the plain one, whose programs every binding has. */
export function isPlain({ loopback, lock }: Mode): boolean {
  return !loopback && !lock;
}

/** The mode that has the programs of each. */
export function union(...modes: readonly Mode[]): Mode {
  return {
    loopback: modes.some(({ loopback }) => loopback),
    lock: modes.some(({ lock }) => lock),
  };
}

/** Every program of ours. */
export const PROGRAMS: readonly ProgramSpec[] = [
  ...new Set(programsToPin({ loopback: true, lock: true })),
];

/** The programs of a mode; the first one is for new sockets. */
export function programsOf({ loopback, lock }: Mode): readonly ProgramSpec[] {
  return loopback
    ? [...LOOPBACK, ...lock ? LOCK_LOOPBACK : []]
    : [...PLAIN, ...lock ? LOCK_PLAIN : []];
}

/** What is pinned for a mode, so that each option can also be used alone. */
export function programsToPin({ loopback, lock }: Mode): ProgramSpec[] {
  return [
    ...PLAIN,
    ...loopback ? LOOPBACK : [],
    ...lock ? [...LOCK_PLAIN, ...LOCK_LOOPBACK] : [],
  ];
}

/** The mode of programs, by their kernel names or the names of their pins. */
export function modeOf(names: readonly string[]): Mode {
  const hasAny = (directory: string, shortName: string) =>
    names.some((name) =>
      name.startsWith(directory) ||
      name.startsWith(`${KERNEL_NAME_PREFIX}${shortName}`)
    );
  return { loopback: hasAny("loopback/", "lo_"), lock: hasAny("lock/", "lk_") };
}
