/** Attaches bindings to cgroups, and reads what is attached to them. */

import { holdPins } from "./hold_pins.ts";
import { createBindingMap, isBindingMap, openMap, readBinding } from "./map.ts";
import {
  attach,
  attachedPrograms,
  detach,
  mapInfo,
  openMapById,
  openProgramById,
  type ProgramInfo,
  programInfo,
} from "../bpf/libbpf.ts";
import { loadProgram } from "../bpf/load.ts";
import type { ProgramSpec } from "../bpf/spec.ts";
import { unlessUnsupported, UnsupportedError } from "../bpf/unsupported.ts";
import { cgroupPath, visibleRoot } from "../cgroup/cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { showChange } from "../messages/print.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { directoryOf, open } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { netnsCookie } from "../os/netns.ts";
import { GUARDS, guardsOf } from "../programs/guards.ts";
import { LOCK_SETSOCKOPT } from "../programs/lock.ts";
import {
  type Mode,
  modeOf,
  PLAIN_MODE,
  PROGRAMS,
  programsOf,
} from "../programs/modes.ts";
import { KERNEL_NAME_PREFIX } from "../programs/prologue.ts";
import { SOCK_CREATE } from "../programs/plain.ts";

/**
 * Attaches the programs of an interface's binding to a cgroup, until it is
 * removed. They are copies of the pinned ones: the kernel attaches a program
 * only once to a cgroup, and systemd detaches what it has attached.
 *
 * @param path The path of the cgroup in the file system.
 * @throws {UserError} Also if the interface has no binding.
 */
export function attachTo(
  ifname: string,
  path: string,
  mode: Mode = PLAIN_MODE,
): void {
  using _held = holdPins();
  using map = openMap(ifname);
  if (map === undefined) {
    throw new UserError(
      `Cannot attach ${quote(ifname)}: its binding is not started`,
      {
        remedy: `Start it first: denovrf start ${shellWord(ifname)}`,
      },
    );
  }
  using cgroup = open(path);
  if (mode.loopback) assertNoneAround(path);
  const { id } = mapInfo(map);
  const before = attachedCopies(cgroup);
  const kept = new Set<AttachedCopy>();
  using stack = new DisposableStack();
  for (const { spec, fd, isGuard } of loadCopies(mode, map, stack)) {
    const { name, tag } = programInfo(fd);
    const same = before.find(({ info }) =>
      info.name === name && info.tag === tag && info.mapIds.includes(id)
    );
    if (same !== undefined) {
      kept.add(same);
      continue;
    }
    const attachIt = () => {
      attach(fd, cgroup, spec.attachType);
      showChange(`attach ${spec.name} of ${ifname} to ${path}`);
    };
    if (isGuard) unlessUnsupported(attachIt);
    else attachIt();
  }
  for (const copy of before) {
    if (!kept.has(copy)) detachCopy(copy, cgroup, path);
  }
}

/** A program that is to be attached. */
interface Copy {
  readonly spec: ProgramSpec;
  readonly fd: Fd;
  /** Whether a kernel that lacks what it takes goes without it. */
  readonly isGuard: boolean;
}

/**
 * Loads copies of the programs of a mode, and its guards, as far as the kernel
 * has what these take.
 *
 * @param stack Owns the descriptors.
 */
function loadCopies(mode: Mode, map: Fd, stack: DisposableStack): Copy[] {
  const load = (spec: ProgramSpec, isGuard: boolean) => {
    const copy = asCopy(spec);
    return { spec: copy, fd: stack.use(loadProgram(copy, map)), isGuard };
  };
  return [
    ...programsOf(mode).map((spec) => load(spec, false)),
    ...guardsOf(mode).flatMap((spec) =>
      unlessUnsupported(() => load(spec, true)) ?? []
    ),
  ];
}

/**
 * Refuses the loopback mode inside a cgroup that is bound in plain mode,
 * whatever the VRF: sockets are bound there already when they are created.
 */
function assertNoneAround(path: string): void {
  const root = cgroupPath(visibleRoot());
  for (
    let at = directoryOf(path);
    at.length >= root.length;
    at = directoryOf(at)
  ) {
    if (attachedBindings(at).every(({ mode }) => mode.loopback)) continue;
    throw new UserError(
      `Cannot attach in loopback mode: the cgroup around it, ${
        quote(at)
      }, is bound without --loopback`,
      { remedy: "Bind the enclosing unit with --loopback too" },
    );
  }
}

/**
 * Detaches from a cgroup what attachTo() has attached. Something is left only
 * in a cgroup that has outlived a restart of its unit.
 *
 * @param path The path of the cgroup in the file system.
 */
export function detachFrom(path: string): void {
  using cgroup = open(path);
  for (const copy of attachedCopies(cgroup)) detachCopy(copy, cgroup, path);
}

/** A binding that is attached to a cgroup. */
export interface AttachedBinding {
  readonly mapId: number;
  readonly mode: Mode;
}

/**
 * The bindings that are attached to a cgroup itself, by us or by systemd; none
 * if the cgroup is gone.
 *
 * @param path The path of the cgroup in the file system.
 */
export function attachedBindings(path: string): AttachedBinding[] {
  return unlessErrno([ERRNO.ENOENT], () => {
    using cgroup = open(path);
    // Every mode has a program for new sockets.
    const ours = attachedPrograms(cgroup, SOCK_CREATE.attachType)
      .filter(({ name }) => name.startsWith(KERNEL_NAME_PREFIX));
    if (ours.length === 0) return [];
    const locks = attachedPrograms(cgroup, LOCK_SETSOCKOPT.attachType);
    const mapIds = new Set(ours.flatMap(({ mapIds }) => mapIds));
    return [...mapIds].map((mapId) => ({
      mapId,
      mode: modeOf(
        [...ours, ...locks].filter(({ mapIds }) => mapIds.includes(mapId))
          .map(({ name }) => name),
      ),
    }));
  }) ?? [];
}

/**
 * Whether an unpinned map belonged to a purged binding. A map pinned in another
 * network namespace does not count.
 */
export function isPurged(mapId: number): boolean {
  using map = openMapById(mapId);
  if (map === undefined || !isBindingMap(map)) return false;
  const { ifindex, cookie } = readBinding(map);
  return ifindex === 0 && cookie === netnsCookie();
}

/**
 * Attaches the programs of a mode to a cgroup, to try them: with a map of their
 * own, and without pins.
 *
 * @param path The path of the cgroup in the file system.
 */
export function attachUnpinned(
  ifindex: number,
  mode: Mode,
  path: string,
): void {
  using map = createBindingMap(ifindex, netnsCookie());
  using cgroup = open(path);
  for (const spec of programsOf(mode)) {
    using program = loadProgram(spec, map);
    attach(program, cgroup, spec.attachType);
  }
}

/**
 * Says which guards of the modes without the lock the kernel cannot have, and
 * why.
 *
 * @param path The path of a cgroup in the file system, to which they are
 * attached.
 */
export function attachGuards(
  path: string,
): { name: string; reason: UserError }[] {
  using map = createBindingMap(0, netnsCookie());
  using cgroup = open(path);
  return guardsOf(PLAIN_MODE).flatMap((spec) => {
    try {
      using program = loadProgram(spec, map);
      attach(program, cgroup, spec.attachType);
      return [];
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      return [{ name: spec.name, reason: error }];
    }
  });
}

/** The same program, under the kernel name that marks what we attach. */
function asCopy(spec: ProgramSpec): ProgramSpec {
  return { ...spec, kernelName: `${spec.kernelName}.` };
}

/** A program that attachTo() has attached to a cgroup. */
interface AttachedCopy {
  readonly spec: ProgramSpec;
  readonly info: ProgramInfo;
}

/** What attachTo() has attached to a cgroup. */
function attachedCopies(cgroup: Fd): AttachedCopy[] {
  const copies = [...PROGRAMS, ...GUARDS].map(asCopy);
  const attachTypes = new Set(copies.map(({ attachType }) => attachType));
  return [...attachTypes].flatMap((attachType) =>
    attachedPrograms(cgroup, attachType).flatMap((info) => {
      const spec = copies.find(({ kernelName }) => kernelName === info.name);
      return spec === undefined ? [] : [{ spec, info }];
    })
  );
}

function detachCopy(
  { spec: { name, attachType }, info }: AttachedCopy,
  cgroup: Fd,
  path: string,
): void {
  using program = openProgramById(info.id);
  if (program === undefined) return;
  detach(program, cgroup, attachType);
  showChange(`detach ${name} from ${path}`);
}
