/** The modes in which units and commands are bound, and the programs of each. */

import type { ProgramSpec } from "../bpf/spec.ts";
import { BIND_AT_CONNECT } from "./late_bind.ts";
import { BIND_AT_USE, SOCK_CREATE_LATE } from "./loopback.ts";
import { LOOPBACK_OPTIONS, OPTIONS } from "./options.ts";
import {
  FILTERS,
  LOCK_FILTERS,
  LOCK_LOOPBACK_FILTERS,
  LOOPBACK_FILTERS,
} from "./packets.ts";
import { KERNEL_NAME_PREFIX } from "./prologue.ts";
import { SOCK_CREATE } from "./sock_create.ts";

/** How the sockets and packets of a unit or command are kept in a VRF. */
export interface Mode {
  /** Whether packets are left alone. */
  readonly open: boolean;
  /** Whether loopback is the host's. */
  readonly loopback: boolean;
  /** Whether leaked routes, and what root can do, are shut off too. */
  readonly lock: boolean;
}

/** Sockets are bound when they are created, and packets are filtered. */
export const PLAIN_MODE: Mode = { open: false, loopback: false, lock: false };

/** Sockets are bound when they are created. */
export const OPEN_MODE: Mode = { ...PLAIN_MODE, open: true };

/** What a mode consists of. */
interface ModeEntry {
  readonly mode: Mode;
  /** The path of its pin, below the directory of a VRF's pins. */
  readonly pin: string;
  /** The program that is pinned there, for systemd to attach. */
  readonly pinned: ProgramSpec;
  /**
   * The programs that denovrf attaches, in this order. The last one is the
   * pinned one once more, for the kernel attaches a program only once to a
   * cgroup, and systemd detaches its own. By its name in the kernel the mode is
   * known again, and that all of them are attached.
   */
  readonly attached: readonly ProgramSpec[];
}

function entry(
  mode: Mode,
  { directory, mark }: { directory: string; mark: string },
  pinned: ProgramSpec,
  others: readonly ProgramSpec[],
): ModeEntry {
  const copy = { ...pinned, kernelName: `${KERNEL_NAME_PREFIX}${mark}` };
  return {
    ...{ mode, pin: `${directory}sock_create`, pinned },
    attached: [...others, copy],
  };
}

/** Every mode, the plain one first. */
export const MODES: readonly ModeEntry[] = [
  entry(PLAIN_MODE, { directory: "", mark: "plain" }, SOCK_CREATE, [
    ...[...BIND_AT_CONNECT, OPTIONS, ...FILTERS],
  ]),
  entry(OPEN_MODE, { directory: "open/", mark: "open" }, SOCK_CREATE, []),
  entry(
    { ...PLAIN_MODE, loopback: true },
    { directory: "loopback/", mark: "loop" },
    SOCK_CREATE_LATE,
    [...BIND_AT_USE, LOOPBACK_OPTIONS, ...LOOPBACK_FILTERS],
  ),
  entry(
    { ...PLAIN_MODE, lock: true },
    { directory: "lock/", mark: "lock" },
    SOCK_CREATE,
    [...BIND_AT_CONNECT, OPTIONS, ...LOCK_FILTERS],
  ),
  entry(
    { ...PLAIN_MODE, loopback: true, lock: true },
    { directory: "loopback_lock/", mark: "loop_lk" },
    SOCK_CREATE_LATE,
    [...BIND_AT_USE, LOOPBACK_OPTIONS, ...LOCK_LOOPBACK_FILTERS],
  ),
];

/** Whether a mode is the plain one, which needs nothing tried before. */
export function isPlain({ open, loopback, lock }: Mode): boolean {
  return !open && !loopback && !lock;
}

/** The mode in words, such as `lock+loopback`. */
export function modeWords(mode: Mode): string {
  const words = Object.entries(mode).filter(([, isOn]) => isOn)
    .map(([word]) => word).sort();
  return words.length === 0 ? "plain" : words.join("+");
}

/** What a mode consists of. */
export function entryOf({ open, loopback, lock }: Mode): ModeEntry {
  const found = MODES.find(({ mode }) =>
    mode.open === open && mode.loopback === loopback && mode.lock === lock
  );
  if (found !== undefined) return found;
  throw new TypeError("A mode is open, or has loopback and lock");
}

/**
 * The programs of a mode that a kernel without BTF has to do without: all that
 * read the kernel's own structures. The lock is nothing without them.
 */
export function canDoWithout({ lock }: Mode, { hook }: ProgramSpec): boolean {
  return !lock &&
    (hook === "egress" || hook === "ingress" || hook === "setsockopt");
}

/**
 * The mode in which a binding is attached to a cgroup, by the names in the
 * kernel of its programs there that bind new sockets. What systemd alone has
 * attached filters nothing.
 *
 * @returns `undefined` if none of them is ours.
 */
export function modeOf(kernelNames: readonly string[]): Mode | undefined {
  const ours = MODES.find(({ attached }) =>
    kernelNames.includes(attached.at(-1)?.kernelName ?? "")
  );
  if (ours !== undefined) return ours.mode;
  if (kernelNames.includes(SOCK_CREATE.kernelName)) return OPEN_MODE;
  return MODES.find(({ pinned }) => kernelNames.includes(pinned.kernelName))
    ?.mode;
}

/** The mode of a pin, by its path below the directory of a VRF's pins. */
export function modeOfPin(path: string): Mode | undefined {
  return MODES.find(({ pin }) => pin === path)?.mode;
}
