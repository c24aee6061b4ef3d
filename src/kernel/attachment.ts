/** Attaches bindings to cgroups, and reads which are attached to them. */

import { holdPins } from "./hold_pins.ts";
import {
  createMaps,
  isBindingMap,
  type Maps,
  openMap,
  openOrCreateMaps,
  readBinding,
} from "./maps.ts";
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
import { unlessUnsupported, UnsupportedError } from "../bpf/bpf_error.ts";
import { cgroupPath, visibleRoot } from "../cgroup/cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { showChange } from "../messages/print.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { directoryOf, open } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { netnsCookie } from "../os/netns.ts";
import {
  canDoWithout,
  entryOf,
  type Mode,
  modeOf,
  MODES,
  PLAIN_MODE,
} from "../programs/modes.ts";
import { SOCK_CREATE } from "../programs/sock_create.ts";

/**
 * Attaches the programs of an interface's binding to a cgroup, until it is
 * removed; what was attached of another mode or binding is detached.
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
  using maps = openMaps(ifname);
  attachMaps(maps, path, mode);
}

/**
 * Like attachTo(), with maps that need not be pinned.
 *
 * @param path The path of the cgroup in the file system.
 */
export function attachMaps(maps: Maps, path: string, mode: Mode): void {
  assertWorksInside(path, mapInfo(maps.binding).id, mode);
  using cgroup = open(path);
  using wanted = loadPrograms(mode, maps);
  const before = ownPrograms(cgroup);
  const { missing, outdated } = difference(before, wanted.programs);
  for (const { spec, fd } of missing) {
    attach(fd, cgroup, spec.attachType);
    showChange(`attach ${spec.name} to ${path}`);
  }
  for (const each of outdated) detachOwn(each, cgroup, path);
}

/**
 * What has to be attached to and detached from a cgroup, so that it has the
 * programs that it should have.
 */
function difference(
  before: readonly AttachedProgram[],
  wanted: readonly LoadedProgram[],
): { missing: LoadedProgram[]; outdated: AttachedProgram[] } {
  const keyOf = ({ name, tag, mapIds }: ProgramInfo) =>
    [name, tag, ...mapIds].join(" ");
  const old = new Set(before.map(({ info }) => keyOf(info)));
  const current = new Set(wanted.map(({ info }) => keyOf(info)));
  return {
    missing: wanted.filter(({ info }) => !old.has(keyOf(info))),
    outdated: before.filter(({ info }) => !current.has(keyOf(info))),
  };
}

/** The maps of a binding that is started. */
function openMaps(ifname: string): Maps {
  using binding = openMap(ifname);
  if (binding === undefined) {
    throw new UserError(
      `Cannot attach ${quote(ifname)}: its binding is not started`,
      { remedy: `Start it first: denovrf start ${shellWord(ifname)}` },
    );
  }
  const { ifindex, cookie } = readBinding(binding);
  return openOrCreateMaps(ifname, ifindex, cookie);
}

/** A program that the kernel has loaded. */
interface LoadedProgram {
  readonly spec: ProgramSpec;
  readonly fd: Fd;
  readonly info: ProgramInfo;
}

/**
 * Loads the programs of a mode, except those that the kernel lacks something
 * for and the mode can do without.
 */
function loadPrograms(
  mode: Mode,
  maps: Maps,
): Disposable & { programs: readonly LoadedProgram[] } {
  using stack = new DisposableStack();
  const load = (spec: ProgramSpec): LoadedProgram => {
    const fd = stack.use(loadProgram(spec, maps));
    return { spec, fd, info: programInfo(fd) };
  };
  const programs = entryOf(mode).attached.flatMap((spec) =>
    canDoWithout(mode, spec)
      ? unlessUnsupported(() => load(spec)) ?? []
      : [load(spec)]
  );
  const owner = stack.move();
  return { programs, [Symbol.dispose]: () => owner.dispose() };
}

/**
 * Refuses what the programs of a cgroup around would make useless: they run for
 * its sockets and packets too.
 *
 * @param id The id of the binding map that is to be attached.
 */
function assertWorksInside(path: string, id: number, mode: Mode): void {
  const root = cgroupPath(visibleRoot());
  for (
    let at = directoryOf(path);
    at.length >= root.length;
    at = directoryOf(at)
  ) {
    for (const around of attachedBindings(at)) {
      const option = optionNeeded(around, id, mode);
      if (option !== undefined) throw uselessInside(at, option);
    }
  }
}

/** With which option the cgroup around would have to be bound, if with one. */
function optionNeeded(
  around: AttachedBinding,
  id: number,
  mode: Mode,
): "loopback" | "open" | undefined {
  // Sockets would be bound already when they are created.
  if (mode.loopback && !around.mode.loopback) return "loopback";
  if (around.mode.open || !isOfThisNetns(around.mapId)) return undefined;
  // Packets would be dropped.
  return mode.open || around.mapId !== id ? "open" : undefined;
}

function uselessInside(path: string, option: string): UserError {
  return new UserError(
    `Cannot attach: the cgroup around it, ${
      quote(path)
    }, is bound without --${option}`,
    { remedy: `Bind the enclosing unit with --${option}` },
  );
}

/** Whether a map is of a binding that is valid in this network namespace. */
export function isOfThisNetns(mapId: number): boolean {
  using map = openMapById(mapId);
  return map !== undefined && isBindingMap(map) &&
    readBinding(map).cookie === netnsCookie();
}

/**
 * Detaches from a cgroup what attachTo() has attached. Something is left only
 * in a cgroup that has outlived a restart of its unit.
 *
 * @param path The path of the cgroup in the file system.
 */
export function detachFrom(path: string): void {
  using cgroup = open(path);
  for (const each of ownPrograms(cgroup)) detachOwn(each, cgroup, path);
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
    // Every mode has a program for new sockets; its first map is the binding.
    const byMap = Map.groupBy(
      attachedPrograms(cgroup, SOCK_CREATE.attachType),
      ({ mapIds: [mapId] }) => mapId,
    );
    return [...byMap].flatMap(([mapId, programs]) => {
      const mode = modeOf(programs.map(({ name }) => name));
      return mapId === undefined || mode === undefined ? [] : [{ mapId, mode }];
    });
  }) ?? [];
}

/**
 * Whether a mode's programs are attached to a cgroup, all of them, and read a
 * binding map.
 *
 * @param path The path of the cgroup in the file system.
 */
export function isAttached(binding: Fd, path: string, mode: Mode): boolean {
  const { id } = mapInfo(binding);
  return attachedBindings(path).some((each) =>
    each.mapId === id && entryOf(each.mode) === entryOf(mode)
  );
}

/** The ids of the maps that the programs of attachTo() read in a cgroup. */
export function attachedMapIds(path: string): number[] {
  using cgroup = open(path);
  return [...new Set(ownPrograms(cgroup).flatMap(({ info }) => info.mapIds))];
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
 * Attaches the programs of a mode to a cgroup, to try them: with maps of their
 * own, and without pins.
 *
 * @param path The path of the cgroup in the file system.
 */
export function attachUnpinned(
  ifindex: number,
  mode: Mode,
  path: string,
): void {
  using maps = createMaps(ifindex, netnsCookie());
  using cgroup = open(path);
  using wanted = loadPrograms(mode, maps);
  for (const { spec, fd } of wanted.programs) {
    attach(fd, cgroup, spec.attachType);
  }
}

/**
 * Says which programs of a mode the kernel cannot have, and why.
 *
 * @param path The path of a cgroup in the file system, to which they are
 * attached.
 */
export function unsupportedPrograms(
  mode: Mode,
  path: string,
): { name: string; reason: UserError }[] {
  using maps = createMaps(0, netnsCookie());
  using cgroup = open(path);
  return entryOf(mode).attached.flatMap((spec) => {
    try {
      using program = loadProgram(spec, maps);
      attach(program, cgroup, spec.attachType);
      return [];
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      return [{ name: spec.name, reason: error }];
    }
  });
}

/** A program that attachTo() has attached to a cgroup. */
interface AttachedProgram {
  readonly spec: ProgramSpec;
  readonly info: ProgramInfo;
}

/** The programs that attachTo() has attached to a cgroup. */
function ownPrograms(cgroup: Fd): AttachedProgram[] {
  const specs = MODES.flatMap(({ attached }) => attached);
  const attachTypes = new Set(specs.map(({ attachType }) => attachType));
  return [...attachTypes].flatMap((attachType) =>
    attachedPrograms(cgroup, attachType).flatMap((info) => {
      const spec = specs.find(({ kernelName }) => kernelName === info.name);
      return spec === undefined ? [] : [{ spec, info }];
    })
  );
}

function detachOwn(
  { spec: { name, attachType }, info }: AttachedProgram,
  cgroup: Fd,
  path: string,
): void {
  using program = openProgramById(info.id);
  if (program === undefined) return;
  detach(program, cgroup, attachType);
  showChange(`detach ${name} from ${path}`);
}
