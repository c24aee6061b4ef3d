/** What attaches a binding to cgroups, and what is attached there. */

import { createBindingMap, isBindingMap, openMap, readBinding } from "./map.ts";
import { holdPins } from "./pins.ts";
import {
  attach,
  attachedPrograms,
  detach,
  loadProgram,
  mapInfo,
  openMapById,
  openProgramById,
  type ProgramInfo,
  programInfo,
} from "../bpf/libbpf.ts";
import type { ProgramSpec } from "../bpf/spec.ts";
import { cgroupPath, visibleRoot } from "../cgroup/cgroup.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { shellWord } from "../messages/shell_word.ts";
import { showChange } from "../messages/verbose.ts";
import { ERRNO, unlessErrno } from "../os/errno.ts";
import { open } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { netnsCookie } from "../os/netns.ts";
import { folderOf } from "../os/path.ts";
import { LOCK_SETSOCKOPT } from "../programs/lock.ts";
import {
  type Mode,
  modeOf,
  PLAIN_MODE,
  PROGRAMS,
  programsOf,
} from "../programs/modes.ts";
import { KERNEL_NAME_PREFIX } from "../programs/parts.ts";
import { SOCK_CREATE } from "../programs/plain.ts";

/**
 * Attaches the programs of an interface's binding to a cgroup, where they stay
 * until it is removed. They are copies of the pinned ones: the kernel takes a
 * program only once for a cgroup, and systemd detaches what it has attached.
 *
 * @param path The path of the cgroup in the file system.
 * @throws {UserError} Also where the interface has no binding.
 */
export function attachTo(
  ifname: string,
  path: string,
  mode: Mode = PLAIN_MODE,
): void {
  using _held = holdPins();
  using map = openMap(ifname);
  if (map === undefined) {
    throw new UserError(`Cannot attach ${quote(ifname)}: it is not started`, {
      remedy: `Start it first: denovrf start ${shellWord(ifname)}`,
    });
  }
  using cgroup = open(path);
  if (mode.loopback) assertNoneAround(path);
  const { id } = mapInfo(map);
  const current = new Set<string>();
  for (const spec of programsOf(mode).map(asCopy)) {
    using program = loadProgram(spec, map);
    const { name, tag } = programInfo(program);
    current.add(`${name} ${tag}`);
    const isThere = attachedPrograms(cgroup, spec.attachType).some((info) =>
      info.name === name && info.tag === tag && info.mapIds.includes(id)
    );
    if (isThere) continue;
    attach(program, cgroup, spec.attachType);
    showChange(`attach ${spec.name} of ${ifname} to ${path}`);
  }
  detachCopies(
    cgroup,
    path,
    ({ name, tag, mapIds }) =>
      mapIds.includes(id) && current.has(`${name} ${tag}`),
  );
}

/**
 * Refuses the loopback mode inside of a cgroup that binds sockets when they are
 * made: there is nothing left to bind late then, whatever the VRF.
 */
function assertNoneAround(path: string): void {
  const root = cgroupPath(visibleRoot());
  for (let at = folderOf(path); at.length >= root.length; at = folderOf(at)) {
    if (attachedBindings(at).every(({ mode }) => mode.loopback)) continue;
    throw new UserError(
      `Cannot attach in loopback mode: ${
        quote(at)
      }, around it, is bound in the plain mode`,
      { remedy: "Bind what is around it with --loopback too" },
    );
  }
}

/**
 * Detaches from a cgroup what attachTo() has attached there. Only a cgroup
 * that outlives a start of its unit has any of it left.
 *
 * @param path The path of the cgroup in the file system.
 */
export function detachFrom(path: string): void {
  using cgroup = open(path);
  detachCopies(cgroup, path, () => false);
}

/** A binding that is attached to a cgroup. */
export interface AttachedBinding {
  readonly mapId: number;
  readonly mode: Mode;
}

/**
 * The bindings that are attached to a cgroup itself, by whomever; none where
 * it is gone.
 *
 * @param path The path of the cgroup in the file system.
 */
export function attachedBindings(path: string): AttachedBinding[] {
  return unlessErrno([ERRNO.ENOENT], () => {
    using cgroup = open(path);
    // Whatever else a mode has, it has a program for sockets that are made.
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
 * Whether a map that no binding has is that of one that was purged. A map of
 * another network namespace has its pins elsewhere.
 */
export function isPurged(mapId: number): boolean {
  using map = openMapById(mapId);
  if (map === undefined || !isBindingMap(map)) return false;
  const { ifindex, cookie } = readBinding(map);
  return ifindex === 0 && cookie === netnsCookie();
}

/**
 * Attaches the programs to a cgroup without a binding, to see what they do.
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

/** The same program under the kernel name of what we attach ourselves. */
function asCopy(spec: ProgramSpec): ProgramSpec {
  return { ...spec, kernelName: `${spec.kernelName}.` };
}

/** Detaches every copy but those that are to be kept. */
function detachCopies(
  cgroup: Fd,
  path: string,
  isKept: (program: ProgramInfo) => boolean,
): void {
  for (const { kernelName, attachType, name } of PROGRAMS.map(asCopy)) {
    for (const info of attachedPrograms(cgroup, attachType)) {
      if (info.name !== kernelName || isKept(info)) continue;
      using program = openProgramById(info.id);
      if (program === undefined) continue;
      detach(program, cgroup, attachType);
      showChange(`detach ${name} from ${path}`);
    }
  }
}
