/**
 * The binding of an interface: a map that says which ifindex sockets get, and
 * the programs that read it, pinned for systemd to attach.
 */

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
  holdPins,
  makePinFolder,
  pinNames,
  pinnedIfnames,
  removePins,
  removeUnfinishedPins,
  replacePin,
} from "./pins.ts";
import {
  loadProgram,
  mapInfo,
  openPin,
  pin,
  programInfo,
} from "../bpf/libbpf.ts";
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
import { quote } from "../messages/quote.ts";
import { shellWord } from "../messages/shell_word.ts";
import { exists } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { netnsCookie } from "../os/netns.ts";
import {
  type Mode,
  PLAIN_MODE,
  PROGRAMS,
  programsToPin,
} from "../programs/modes.ts";
import { KERNEL_NAME_PREFIX } from "../programs/parts.ts";
import { SOCK_CREATE } from "../programs/plain.ts";

/**
 * Makes or mends the binding of an interface. What is right already is left
 * as it is; what is not is replaced in one step each, so that whatever
 * interrupts this leaves the old binding or the new one.
 *
 * @param mode Whose programs it has besides those of the plain mode, which it
 * always has.
 * @returns The interface to which new sockets are bound from now on.
 * @throws {UserError} Where it cannot be done; a binding that did not exist
 * before does not exist then either.
 */
export function start(ifname: string, mode: Mode = PLAIN_MODE): Netdev {
  // Under the lock, so that nobody can write an older answer over ours.
  using _held = holdPins();
  return startOne(ifname, mode, queryNetdev);
}

/** The same, but only where the interface has no binding. */
export function startUnlessBound(ifname: string, mode: Mode): void {
  using _held = holdPins();
  using map = openMap(ifname);
  if (map === undefined) startOne(ifname, mode, queryNetdev);
}

/**
 * The same for several interfaces, with one question to iproute2. One that
 * fails does not keep the others from their turn.
 *
 * @param ifnames By default every VRF.
 * @throws {UserError} Where iproute2 or bpffs is not to be had.
 */
export function startEach(
  mode: Mode,
  ifnames?: readonly string[],
): (Netdev | UserError)[] {
  using _held = holdPins();
  const netdevs = ifnames?.length === 1 ? undefined : listNetdevs();
  const query = netdevs === undefined ? queryNetdev : findIn(netdevs);
  const names = ifnames ?? (netdevs ?? [])
    .filter(({ kind }) => kind === "vrf").map(({ ifname }) => ifname);
  return names.map((name) => orUserError(() => startOne(name, mode, query)));
}

/**
 * Takes the programs' pins away, of interfaces as far as they have a binding.
 * The maps stay, so that whatever is attached goes on; where the interface is
 * gone, it denies.
 *
 * @param purge Whether the maps go too. What is attached denies then, for
 * nobody would tell it any more when the interface's ifindex changes.
 * @param ifnames By default every one that has.
 */
export function stopEach(
  purge: boolean,
  ifnames?: readonly string[],
): UserError[] {
  using _held = holdPins();
  const names = ifnames ?? pinnedIfnames();
  const query = names.length === 1 ? queryNetdev : findIn(listNetdevs());
  return names.flatMap((name) =>
    orUserError(() => {
      assertIfname(name);
      stopOne(name, purge, query);
      return [];
    })
  );
}

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

function stopOne(ifname: string, purge: boolean, query: QueryNetdev): void {
  if (!hasPins(ifname)) return;
  using map = openMap(ifname);
  if (map !== undefined && (purge || isOutdated(map, ifname, query))) deny(map);
  removePrograms(ifname);
  if (purge) removeMap(ifname);
}

/** What `act` gives, or the error that a person is to see. */
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
  /** The id of the pinned program; `undefined` where it is stopped. */
  readonly programId: number | undefined;
}

/** Every binding that has pins. @throws {UserError} Where no bpffs is mounted. */
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
 * Has a binding say the ifindex that its interface has now. Where that is gone,
 * what is attached denies from now on. Without a binding, nothing happens.
 *
 * @returns What it says now; 0 denies.
 */
export function follow(ifname: string): number | undefined {
  using _held = holdPins();
  using map = openMap(ifname);
  if (map === undefined) return undefined;
  if (readBinding(map).cookie !== netnsCookie()) return undefined;
  const ifindex = currentIfindex(ifname, queryNetdev);
  setIfindex(map, ifindex);
  return ifindex;
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

function makeBinding({ ifname, ifindex }: Netdev, mode: Mode): void {
  const cookie = netnsCookie();
  const pins = pinNames(ifname);
  using map = openMap(ifname) ?? createBindingMap(ifindex, cookie);
  assertNetns(map, cookie, ifname);

  using programs = new DisposableStack();
  const replacements = programsToHave(mode, pins)
    .map((spec) => ({ spec, fd: programs.use(loadProgram(spec, map)) }))
    .filter(({ spec: { name }, fd }) =>
      !pins.includes(name) || !isPinned(fd, pinPath(ifname, name))
    );

  // Everything that can be refused has been: from here on things change.
  makePinFolder(ifname, BINDING_PIN);
  removeUnfinishedPins(ifname);
  if (pins.includes(BINDING_PIN)) setIfindex(map, ifindex);
  else pin(map, pinPath(ifname, BINDING_PIN));
  for (const { spec, fd } of replacements) {
    makePinFolder(ifname, spec.name);
    replacePin(fd, pinPath(ifname, spec.name));
  }
}

/** The plain mode's, those of a mode, and what there is of another already. */
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

/** Removes the map's pin, and with it, nothing else being there, the folder. */
function removeMap(ifname: string): void {
  removePins(ifname, [BINDING_PIN]);
}

/**
 * Whether what is pinned at `path` is that very program already: the same
 * instructions, reading the same map.
 *
 * @throws {UserError} Where something that is not ours is in its place.
 */
function isPinned(program: Fd, path: string): boolean {
  using pinned = openPin(path);
  const old = programInfo(pinned);
  if (!old.name.startsWith(KERNEL_NAME_PREFIX)) {
    throw foreignObject(path, "program");
  }
  const { tag, mapIds } = programInfo(program);
  return old.tag === tag && old.mapIds.join() === mapIds.join();
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
      remedy: `If it is not needed there: denovrf stop --purge ${
        shellWord(ifname)
      }`,
    },
  );
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
