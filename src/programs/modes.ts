/** The programs that a binding consists of, by its mode. Pure. */

import type { ProgramSpec } from "../bpf/spec.ts";
import { LOCK_LOOPBACK, LOCK_PLAIN } from "./lock.ts";
import { LOOPBACK } from "./loopback.ts";
import { KERNEL_NAME_PREFIX } from "./parts.ts";
import { PLAIN } from "./plain.ts";

/** What is bound, and when. */
export interface Mode {
  /** Whether localhost is the host's, and everything else the VRF's. */
  readonly loopback: boolean;
  /** Whether a process is kept from choosing another device itself. */
  readonly lock: boolean;
}

/** Every socket is bound when it is made. */
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

/** Every program that there is. */
export const PROGRAMS: readonly ProgramSpec[] = [
  ...new Set(programsToPin({ loopback: true, lock: true })),
];

/** The programs of a mode; the first binds sockets when they are made. */
export function programsOf({ loopback, lock }: Mode): readonly ProgramSpec[] {
  return loopback
    ? [...LOOPBACK, ...lock ? LOCK_LOOPBACK : []]
    : [...PLAIN, ...lock ? LOCK_PLAIN : []];
}

/** What is pinned for a mode: each part of it can be used without the other. */
export function programsToPin({ loopback, lock }: Mode): ProgramSpec[] {
  return [
    ...PLAIN,
    ...loopback ? LOOPBACK : [],
    ...lock ? [...LOCK_PLAIN, ...LOCK_LOOPBACK] : [],
  ];
}

/**
 * The mode of which programs are, by their kernel names or our names for their
 * pins.
 */
export function modeOf(names: readonly string[]): Mode {
  const hasAny = (folder: string, shortName: string) =>
    names.some((name) =>
      name.startsWith(folder) ||
      name.startsWith(`${KERNEL_NAME_PREFIX}${shortName}`)
    );
  return { loopback: hasAny("loopback/", "lo_"), lock: hasAny("lock/", "lk_") };
}
