/**
 * The binding of an interface: a map that says which ifindex sockets get, and
 * the programs that read it, pinned for systemd to attach.
 */

import {
  BINDING_PIN,
  hasPins,
  ifnameOfPin,
  lockPins,
  makePinFolder,
  pinnedIfnames,
  pinPath,
  removeEmptyPinFolder,
  removePin,
  removeUnfinishedPin,
  replacePin,
} from "./bpf/bpffs.ts";
import {
  attach,
  attachedPrograms,
  createMap,
  detach,
  loadProgram,
  MAP_TYPE_ARRAY,
  mapInfo,
  openMapById,
  openPin,
  openProgramById,
  pin,
  programInfo,
  readMap,
  writeMap,
} from "./bpf/libbpf.ts";
import {
  BINDING,
  KERNEL_NAME_PREFIX,
  type ProgramSpec,
  SOCK_CREATE,
} from "./bpf/programs.ts";
import { UserError } from "./errors.ts";
import { exists, open } from "./libc/files.ts";
import type { Fd } from "./libc/libc.ts";
import { netnsCookie } from "./libc/netns.ts";
import { assertIfname, faultOfIfname, quote } from "./netdev/ifname.ts";
import {
  findIn,
  findNetdev,
  listNetdevs,
  type Netdev,
  type QueryNetdev,
  queryNetdev,
} from "./netdev/netdev.ts";
import { showChange } from "./verbose.ts";

/** The programs of a binding. */
const PROGRAMS: readonly ProgramSpec[] = [SOCK_CREATE];

/** The name of every binding map in the kernel. */
const MAP_NAME = `${KERNEL_NAME_PREFIX}map`;

/**
 * Makes or mends the binding of an interface. What is right already is left
 * as it is; what is not is replaced in one step each, so that whatever
 * interrupts this leaves the old binding or the new one.
 *
 * @returns The interface to which new sockets are bound from now on.
 * @throws {UserError} Where it cannot be done; a binding that did not exist
 * before does not exist then either.
 */
export function start(ifname: string): Netdev {
  // Under the lock, so that nobody can write an older answer over ours.
  using _lock = lockPins();
  return startLocked(ifname, queryNetdev);
}

/**
 * The same for several interfaces, with one question to iproute2. One that
 * fails does not keep the others from their turn.
 *
 * @param ifnames By default every VRF.
 * @throws {UserError} Where iproute2 or bpffs is not to be had.
 */
export function* startEach(
  ifnames?: readonly string[],
): Generator<Netdev | UserError> {
  using _lock = lockPins();
  const netdevs = ifnames?.length === 1 ? undefined : listNetdevs();
  const query = netdevs === undefined ? queryNetdev : findIn(netdevs);
  const names = ifnames ?? (netdevs ?? [])
    .filter(({ kind }) => kind === "vrf").map(({ ifname }) => ifname);
  for (const name of names) yield attempt(() => startLocked(name, query));
}

/**
 * Takes the programs' pins away. The map stays, so that whatever is attached
 * goes on; where the interface is gone, it denies.
 *
 * @param purge Whether the map goes too. What is attached denies then, for
 * nobody would tell it any more when the interface's ifindex changes.
 * @throws {UserError}
 */
export function stop(ifname: string, purge: boolean): void {
  assertIfname(ifname);
  using _lock = lockPins();
  stopLocked(ifname, purge, queryNetdev);
}

/**
 * The same for several interfaces, as far as they have a binding.
 *
 * @param ifnames By default every one that has.
 */
export function* stopEach(
  purge: boolean,
  ifnames?: readonly string[],
): Generator<UserError | undefined> {
  using _lock = lockPins();
  const names = ifnames ?? pinnedIfnames();
  const query = names.length === 1 ? queryNetdev : findIn(listNetdevs());
  for (const name of names) {
    yield attempt(() => {
      assertIfname(name);
      stopLocked(name, purge, query);
      return undefined;
    });
  }
}

function startLocked(ifname: string, query: QueryNetdev): Netdev {
  const netdev = findOrDeny(ifname, query);
  const isNew = !hasPins(ifname);
  try {
    makeBinding(netdev);
  } catch (error) {
    if (isNew && hasPins(ifname)) {
      removePrograms(ifname);
      removeMap(ifname);
    }
    throw error;
  }
  return netdev;
}

function stopLocked(ifname: string, purge: boolean, query: QueryNetdev): void {
  if (!hasPins(ifname)) return;
  using map = openMap(ifname);
  if (map !== undefined && (purge || isOutdated(map, ifname, query))) deny(map);
  removePrograms(ifname);
  if (purge) removeMap(ifname);
}

/** What `act` gives, or the error that a person is to see. */
function attempt<T>(act: () => T): T | UserError {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/**
 * Attaches the programs of an interface's binding to a cgroup, where they stay
 * until it is removed. They are copies of the pinned ones: the kernel takes a
 * program only once for a cgroup, and systemd detaches what it has attached.
 *
 * @param path The path of the cgroup in the file system.
 * @throws {UserError} Also where the interface has no binding.
 */
export function attachTo(ifname: string, path: string): void {
  using _lock = lockPins();
  using map = openMap(ifname);
  if (map === undefined) {
    throw new UserError(`Cannot attach ${quote(ifname)}: it is not started`, {
      remedy: `Start it first: denovrf start ${ifname}`,
    });
  }
  using cgroup = open(path);
  for (const spec of PROGRAMS.map(asCopy)) {
    if (isAttached(spec, map, cgroup)) continue;
    using program = loadProgram(spec, map);
    attach(program, cgroup, spec.attachType);
    showChange(`attach ${spec.name} of ${ifname} to ${path}`);
  }
  detachCopies(cgroup, path, mapInfo(map).id);
}

/**
 * Detaches from a cgroup what attachTo() has attached there. Only a cgroup
 * that outlives a start of its unit has any of it left.
 *
 * @param path The path of the cgroup in the file system.
 */
export function detachFrom(path: string): void {
  using cgroup = open(path);
  detachCopies(cgroup, path);
}

/** A binding as the kernel has it. */
export interface Binding {
  readonly ifname: string;
  /** What new sockets are bound to; 0 denies them. */
  readonly ifindex: number;
  /** The id of its map. */
  readonly mapId: number;
  /** The id of the pinned program; `undefined` where it is stopped. */
  readonly programId: number | undefined;
}

/** Every binding that has pins. @throws {UserError} Where no bpffs is mounted. */
export function bindings(): Binding[] {
  using _lock = lockPins();
  return pinnedIfnames().flatMap((ifname) => {
    using map = openMap(ifname);
    if (map === undefined) return [];
    const { ifindex } = readBinding(map);
    const { id: mapId } = mapInfo(map);
    return [{ ifname, ifindex, mapId, programId: programIdOf(ifname) }];
  });
}

/**
 * The ids of the maps of the bindings that are attached to a cgroup itself, by
 * whomever.
 *
 * @param path The path of the cgroup in the file system.
 */
export function attachedMapIds(path: string): number[] {
  using cgroup = open(path);
  const programs = PROGRAMS.flatMap(({ attachType }) =>
    attachedPrograms(cgroup, attachType)
  );
  return [
    ...new Set(
      programs.filter(({ name }) => name.startsWith(KERNEL_NAME_PREFIX))
        .flatMap(({ mapIds }) => mapIds),
    ),
  ];
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
 * Has a binding say the ifindex that its interface has now. Where that is gone,
 * what is attached denies from now on. Without a binding, nothing happens.
 *
 * @returns What it says now; 0 denies.
 */
export function follow(ifname: string): number | undefined {
  using _lock = lockPins();
  using map = openMap(ifname);
  if (map === undefined) return undefined;
  if (readBinding(map).cookie !== netnsCookie()) return undefined;
  const ifindex = currentIfindex(ifname, queryNetdev);
  setIfindex(map, ifindex);
  return ifindex;
}

/**
 * Attaches the programs to a cgroup without a binding, to see what they do.
 *
 * @param path The path of the cgroup in the file system.
 */
export function attachUnpinned(ifindex: number, path: string): void {
  using map = createBindingMap(ifindex, netnsCookie());
  using cgroup = open(path);
  for (const spec of PROGRAMS) {
    using program = loadProgram(spec, map);
    attach(program, cgroup, spec.attachType);
  }
}

/** The path at which a binding's program for new sockets is pinned. */
export function bindingPin(ifname: string): string {
  return pinPath(ifname, SOCK_CREATE.name);
}

/** The setting by which systemd attaches a binding to a unit. */
export function bpfProgramSetting(ifname: string): string {
  return `BPFProgram=${SOCK_CREATE.name}:${bindingPin(ifname)}`;
}

/**
 * The interface. Where it is gone, what is attached to its binding denies from
 * now on: its ifindex could become another interface's.
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

/** The interface of a value of `BPFProgram=`, if it names a pin of ours. */
export function ifnameOfSetting(value: string): string | undefined {
  return ifnameOfPin(value.slice(value.indexOf(":") + 1));
}

function makeBinding({ ifname, ifindex }: Netdev): void {
  const cookie = netnsCookie();
  const isNew = !exists(pinPath(ifname, BINDING_PIN));
  using map = openMap(ifname) ?? createBindingMap(ifindex, cookie);
  assertNetns(map, cookie, ifname);

  using programs = new DisposableStack();
  const replacements = PROGRAMS
    .map((spec) => ({ spec, fd: programs.use(loadProgram(spec, map)) }))
    .filter(({ spec, fd }) => !isPinned(spec, fd, ifname));

  // Everything that can be refused has been: from here on things change.
  makePinFolder(ifname);
  for (const { name } of PROGRAMS) removeUnfinishedPin(ifname, name);
  if (isNew) pin(map, pinPath(ifname, BINDING_PIN));
  else setIfindex(map, ifindex);
  for (const { spec, fd } of replacements) {
    replacePin(fd, pinPath(ifname, spec.name));
  }
}

/** The same program under the kernel name of what we attach ourselves. */
function asCopy(spec: ProgramSpec): ProgramSpec {
  return { ...spec, kernelName: `${spec.kernelName}.` };
}

/** Detaches every copy but those that read one map. */
function detachCopies(cgroup: Fd, path: string, keptMapId?: number): void {
  for (const { kernelName, attachType, name } of PROGRAMS.map(asCopy)) {
    for (const info of attachedPrograms(cgroup, attachType)) {
      if (info.name !== kernelName) continue;
      if (keptMapId !== undefined && info.mapIds.includes(keptMapId)) continue;
      using program = openProgramById(info.id);
      if (program === undefined) continue;
      detach(program, cgroup, attachType);
      showChange(`detach ${name} from ${path}`);
    }
  }
}

/** Whether a copy that reads this map is attached to a cgroup already. */
function isAttached(
  { kernelName, attachType }: ProgramSpec,
  map: Fd,
  cgroup: Fd,
) {
  const { id } = mapInfo(map);
  return attachedPrograms(cgroup, attachType).some((info) =>
    info.name === kernelName && info.mapIds.includes(id)
  );
}

function programIdOf(ifname: string): number | undefined {
  const path = pinPath(ifname, SOCK_CREATE.name);
  if (!exists(path)) return undefined;
  using program = openPin(path);
  return programInfo(program).id;
}

function removePrograms(ifname: string): void {
  for (const { name } of PROGRAMS) removePin(ifname, name);
}

/** Removes the map's pin, and with it, nothing else being there, the folder. */
function removeMap(ifname: string): void {
  removePin(ifname, BINDING_PIN);
  removeEmptyPinFolder(ifname);
}

function createBindingMap(ifindex: number, cookie: bigint): Fd {
  const map = createMap(MAP_NAME, BINDING.size);
  const value = new DataView(new ArrayBuffer(BINDING.size));
  value.setUint32(BINDING.ifindex, ifindex, true);
  value.setBigUint64(BINDING.netnsCookie, cookie, true);
  writeMap(map, value);
  return map;
}

/**
 * The pinned binding map of an interface, if it has one.
 *
 * @throws {UserError} Where something else is in its place.
 */
function openMap(ifname: string): Fd | undefined {
  const path = pinPath(ifname, BINDING_PIN);
  if (!exists(path)) return undefined;
  const map = openPin(path);
  if (!isBindingMap(map)) {
    map[Symbol.dispose]();
    throw foreignObject(path, "binding map");
  }
  return map;
}

function isBindingMap(object: Fd): boolean {
  const { type, valueSize, name } = mapInfo(object);
  return type === MAP_TYPE_ARRAY && valueSize === BINDING.size &&
    name === MAP_NAME;
}

/**
 * Whether the pin of a program is that very program already: the same
 * instructions, reading the same map.
 *
 * @throws {UserError} Where something that is not ours is in its place.
 */
function isPinned(spec: ProgramSpec, program: Fd, ifname: string): boolean {
  const path = pinPath(ifname, spec.name);
  if (!exists(path)) return false;
  using pinned = openPin(path);
  const old = programInfo(pinned);
  if (!old.name.startsWith(KERNEL_NAME_PREFIX)) {
    throw foreignObject(path, "program");
  }
  const { tag, mapIds } = programInfo(program);
  return old.tag === tag && old.mapIds.join() === mapIds.join();
}

function foreignObject(path: string, what: string): UserError {
  return new UserError(
    `Cannot use "${path}": it is not a ${what} of denovrf`,
    { remedy: `See what it is, and remove it: rm "${path}"` },
  );
}

/**
 * A binding belongs to one network namespace for good: its map moved to
 * another, whatever is attached would leave sockets here unbound.
 */
function assertNetns(map: Fd, cookie: bigint, ifname: string): void {
  if (readBinding(map).cookie === cookie) return;
  throw new UserError(
    `Cannot start ${
      quote(ifname)
    }: its binding belongs to another network namespace`,
    {
      remedy: `If it is not needed there: denovrf stop --purge ${ifname}`,
    },
  );
}

function setIfindex(map: Fd, ifindex: number): void {
  const { value, ifindex: old } = readBinding(map);
  if (old === ifindex) return;
  value.setUint32(BINDING.ifindex, ifindex, true);
  writeMap(map, value);
  showChange(`binding ifindex ${ifindex}`);
}

/** Makes every program that reads the map refuse new sockets. */
function deny(map: Fd): void {
  setIfindex(map, 0);
}

/**
 * Whether a map says an ifindex that the interface does not have. Of another
 * network namespace's interfaces nothing can be seen here.
 */
function isOutdated(map: Fd, ifname: string, query: QueryNetdev): boolean {
  const { ifindex, cookie } = readBinding(map);
  if (ifindex === 0 || cookie !== netnsCookie()) return false;
  return currentIfindex(ifname, query) !== ifindex;
}

/** The ifindex of the interface of that name; 0 where there is none. */
function currentIfindex(ifname: string, query: QueryNetdev): number {
  const netdev = query(ifname);
  // iproute2 finds interfaces by their alternative names too.
  return netdev?.ifname === ifname ? netdev.ifindex : 0;
}

function readBinding(
  map: Fd,
): { value: DataView<ArrayBuffer>; ifindex: number; cookie: bigint } {
  const value = readMap(map, BINDING.size);
  return {
    value,
    ifindex: value.getUint32(BINDING.ifindex, true),
    cookie: value.getBigUint64(BINDING.netnsCookie, true),
  };
}
