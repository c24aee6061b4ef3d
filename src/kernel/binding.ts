/**
 * The binding of a VRF in the kernel: a map that says which ifindex sockets get,
 * and the programs that read it, pinned for systemd to attach.
 */

import { holdPins, makeAndHoldPins } from "./hold_pins.ts";
import {
  createBindingMap,
  deny,
  foreignObject,
  openMap,
  readBinding,
  setIfindex,
} from "./map.ts";
import { BINDING_PIN, pinPath } from "./pin_path.ts";
import {
  hasPins,
  makePinDirectory,
  pinNames,
  pinnedIfnames,
  removePins,
  removeUnfinishedPins,
  replacePin,
} from "./pins.ts";
import { mapInfo, openPin, pin, programInfo } from "../bpf/libbpf.ts";
import { loadProgram } from "../bpf/load.ts";
import type { ProgramSpec } from "../bpf/spec.ts";
import { assertIfname, faultOfIfname } from "../iproute2/ifname.ts";
import type { Netdev } from "../iproute2/ip_json.ts";
import {
  findIn,
  findNetdev,
  listNetdevs,
  type QueryNetdev,
  queryNetdev,
} from "../iproute2/netdev.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { exists } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { netnsCookie } from "../os/netns.ts";
import {
  type Mode,
  PLAIN_MODE,
  PROGRAMS,
  programsToPin,
} from "../programs/modes.ts";
import { KERNEL_NAME_PREFIX } from "../programs/prologue.ts";
import { SOCK_CREATE } from "../programs/plain.ts";

/**
 * Creates or repairs the binding of an interface. What is right already stays
 * as it is; everything else is replaced in one step each, so that an
 * interruption leaves the old binding or the new one.
 *
 * @param mode The mode whose programs are pinned besides those of plain mode.
 * @returns The interface to which new sockets are bound from now on.
 * @throws {UserError} If it fails; a binding that did not exist before does not
 * exist then either.
 */
export function start(ifname: string, mode: Mode = PLAIN_MODE): Netdev {
  // With the pins held, so that no other process can write an older ifindex.
  using _held = makeAndHoldPins();
  return startOne(ifname, mode, queryNetdev);
}

/** Like start(), unless the interface is bound already. */
export function startUnlessBound(ifname: string, mode: Mode): void {
  using _held = makeAndHoldPins();
  using map = openMap(ifname);
  if (map === undefined) startOne(ifname, mode, queryNetdev);
}

/**
 * Pins the programs of a mode beside those of a binding that is started. If
 * there is none, nothing happens: its start pins what its units need.
 */
export function pinMode(ifname: string, mode: Mode): void {
  using held = holdPins();
  if (held === undefined) return;
  using map = openMap(ifname);
  if (map === undefined || !pinNames(ifname).includes(SOCK_CREATE.name)) return;
  using stack = new DisposableStack();
  pinPrograms(ifname, loadMissing(ifname, map, mode, stack));
}

/**
 * Like start(), for several interfaces, with one run of iproute2. If one fails,
 * the others are started nevertheless.
 *
 * @param modeOf Whose programs each has besides those of the plain mode.
 * @param ifnames By default every VRF.
 * @throws {UserError} If iproute2 or bpffs is missing.
 */
export function startEach(
  modeOf: (ifname: string) => Mode,
  ifnames?: readonly string[],
): (Netdev | UserError)[] {
  using _held = makeAndHoldPins();
  const netdevs = ifnames?.length === 1 ? undefined : listNetdevs();
  const query = netdevs === undefined ? queryNetdev : findIn(netdevs);
  const names = ifnames ?? (netdevs ?? [])
    .filter(({ kind }) => kind === "vrf").map(({ ifname }) => ifname);
  return names.map((name) =>
    orUserError(() => startOne(name, modeOf(name), query))
  );
}

/**
 * Removes the pins of programs, for each interface that has a binding. The maps
 * stay, so that what is attached goes on; if the interface is gone, it denies.
 *
 * @param purge Whether to remove the maps too. What is attached denies then,
 * because nobody could update it when the interface's ifindex changes.
 * @param ifnames By default every interface that has a binding.
 */
export function stopEach(
  purge: boolean,
  ifnames?: readonly string[],
): UserError[] {
  using held = holdPins();
  const names = ifnames ?? pinnedIfnames();
  const query = names.length === 1 ? queryNetdev : findIn(listNetdevs());
  return names.flatMap((name) =>
    orUserError(() => {
      assertIfname(name);
      if (held !== undefined) stopOne(name, purge, query);
      return [];
    })
  );
}

/** Starts one interface; the caller holds the pins. */
function startOne(
  ifname: string,
  mode: Mode,
  query: QueryNetdev,
): Netdev {
  const netdev = findOrDeny(ifname, query);
  const isNew = !hasPins(ifname);
  try {
    makeBinding(netdev, mode);
  } catch (error) {
    if (isNew && hasPins(ifname)) {
      removePrograms(ifname);
      removeMap(ifname);
    }
    throw error;
  }
  return netdev;
}

/** Stops one interface; the caller holds the pins. */
function stopOne(ifname: string, purge: boolean, query: QueryNetdev): void {
  if (!hasPins(ifname)) return;
  using map = openMap(ifname);
  if (map !== undefined && (purge || isOutdated(map, ifname, query))) deny(map);
  removePrograms(ifname);
  if (purge) removeMap(ifname);
}

/** Runs `act`; returns a UserError instead of throwing it. */
function orUserError<T>(act: () => T): T | UserError {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** A binding as the kernel has it. */
export interface Binding {
  readonly ifname: string;
  /** What new sockets are bound to; 0 denies them. */
  readonly ifindex: number;
  /** The id of its map. */
  readonly mapId: number;
  /** The id of the pinned program; `undefined` if the binding is stopped. */
  readonly programId: number | undefined;
}

/** Every binding that has pins. @throws {UserError} If no bpffs is mounted. */
export function bindings(): Binding[] {
  using _held = holdPins();
  return pinnedIfnames().flatMap((ifname) => {
    using map = openMap(ifname);
    if (map === undefined) return [];
    const { ifindex } = readBinding(map);
    const { id: mapId } = mapInfo(map);
    return [{ ifname, ifindex, mapId, programId: programIdOf(ifname) }];
  });
}

/**
 * Updates a binding with the ifindex that its interface has now; 0, which
 * denies, if the interface is gone. Without a binding, nothing happens.
 *
 * @returns The ifindex in the map now.
 */
export function follow(ifname: string): number | undefined {
  using held = holdPins();
  if (held === undefined) return undefined;
  using map = openMap(ifname);
  if (map === undefined) return undefined;
  if (readBinding(map).cookie !== netnsCookie()) return undefined;
  const ifindex = currentIfindex(ifname, queryNetdev);
  setIfindex(map, ifindex);
  return ifindex;
}

/**
 * The interface. If it is gone, its binding denies from now on: the ifindex
 * could become another interface's.
 */
function findOrDeny(ifname: string, query: QueryNetdev): Netdev {
  try {
    return findNetdev(ifname, query);
  } catch (error) {
    if (faultOfIfname(ifname) === undefined) {
      using map = openMap(ifname);
      if (map !== undefined && isOutdated(map, ifname, query)) deny(map);
    }
    throw error;
  }
}

function makeBinding({ ifname, ifindex }: Netdev, mode: Mode): void {
  const cookie = netnsCookie();
  const isPinned = pinNames(ifname).includes(BINDING_PIN);
  using map = openMap(ifname) ?? createBindingMap(ifindex, cookie);
  assertNetns(map, cookie, ifname);
  using stack = new DisposableStack();
  const missing = loadMissing(ifname, map, mode, stack);

  // Nothing has changed so far; whatever the kernel refuses, it has by now.
  makePinDirectory(ifname, BINDING_PIN);
  removeUnfinishedPins(ifname);
  if (isPinned) setIfindex(map, ifindex);
  else pin(map, pinPath(ifname, BINDING_PIN));
  pinPrograms(ifname, missing);
}

/** A program that the kernel has loaded. */
interface LoadedProgram {
  readonly spec: ProgramSpec;
  readonly fd: Fd;
}

/**
 * Loads what a binding is to have pinned, and gives what it has not.
 *
 * @param stack Owns the descriptors.
 */
function loadMissing(
  ifname: string,
  map: Fd,
  mode: Mode,
  stack: DisposableStack,
): LoadedProgram[] {
  const pins = pinNames(ifname);
  return programsToHave(mode, pins)
    .map((spec) => ({ spec, fd: stack.use(loadProgram(spec, map)) }))
    .filter(({ spec: { name }, fd }) =>
      !pins.includes(name) || !isPinnedAt(fd, pinPath(ifname, name))
    );
}

function pinPrograms(
  ifname: string,
  programs: readonly LoadedProgram[],
): void {
  for (const { spec: { name }, fd } of programs) {
    makePinDirectory(ifname, name);
    replacePin(fd, pinPath(ifname, name));
  }
}

/**
 * The programs of plain mode, of `mode`, and of any mode that is pinned
 * already.
 */
function programsToHave(mode: Mode, pins: readonly string[]): ProgramSpec[] {
  const wanted = programsToPin(mode);
  return PROGRAMS.filter((spec) =>
    wanted.includes(spec) || pins.includes(spec.name)
  );
}

function programIdOf(ifname: string): number | undefined {
  const path = pinPath(ifname, SOCK_CREATE.name);
  if (!exists(path)) return undefined;
  using program = openPin(path);
  return programInfo(program).id;
}

function removePrograms(ifname: string): void {
  removePins(ifname, PROGRAMS.map(({ name }) => name));
}

/** Removes the map's pin, the last one, and with it the directory. */
function removeMap(ifname: string): void {
  removePins(ifname, [BINDING_PIN]);
}

/**
 * Whether the program pinned at `path` is the same: it has the same
 * instructions and reads the same map.
 *
 * @throws {UserError} If something is pinned there that is not ours.
 */
function isPinnedAt(program: Fd, path: string): boolean {
  using pinned = openPin(path);
  const old = programInfo(pinned);
  if (!old.name.startsWith(KERNEL_NAME_PREFIX)) {
    throw foreignObject(path, "program");
  }
  const { tag, mapIds } = programInfo(program);
  return old.tag === tag && old.mapIds.join() === mapIds.join();
}

/**
 * Refuses to move a binding to another network namespace: what is attached
 * would leave sockets in the old one unbound.
 */
function assertNetns(map: Fd, cookie: bigint, ifname: string): void {
  if (readBinding(map).cookie === cookie) return;
  throw new UserError(
    `Cannot start ${
      quote(ifname)
    }: its binding belongs to another network namespace`,
    {
      remedy: `If that namespace no longer needs it: denovrf stop --purge ${
        shellWord(ifname)
      }`,
    },
  );
}

/**
 * Whether a map has another ifindex than its interface. A map of another
 * network namespace, whose interfaces cannot be seen from here, does not count.
 */
function isOutdated(map: Fd, ifname: string, query: QueryNetdev): boolean {
  const { ifindex, cookie } = readBinding(map);
  if (ifindex === 0 || cookie !== netnsCookie()) return false;
  return currentIfindex(ifname, query) !== ifindex;
}

/** The ifindex of the interface of that name; 0 if there is none. */
function currentIfindex(ifname: string, query: QueryNetdev): number {
  const netdev = query(ifname);
  // iproute2 finds interfaces by their alternative names too.
  return netdev?.ifname === ifname ? netdev.ifindex : 0;
}
