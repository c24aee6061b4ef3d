/**
 * The binding of a VRF in the kernel: a map that says which ifindex sockets get,
 * and the programs that read it, pinned for systemd to attach.
 */

import { holdPins, makeAndHoldPins } from "./hold_pins.ts";
import {
  type BindingValue,
  deny,
  foreignObject,
  MAP_PINS,
  type Maps,
  openFilter,
  openMap,
  openOrCreateMaps,
  readBinding,
  readFilter,
  setIfindex,
  setLeaked,
} from "./maps.ts";
import {
  hasPins,
  makePinDirectory,
  pinNames,
  pinnedIfnames,
  pinPath,
  removePins,
  removeUnfinishedPins,
  replacePin,
} from "./pins.ts";
import { mapInfo, openPin, programInfo } from "../bpf/libbpf.ts";
import { loadProgram } from "../bpf/load.ts";
import { assertIfname, faultOfIfname } from "../iproute2/ifname.ts";
import {
  findIn,
  findNetdev,
  listNetdevs,
  type Netdev,
  type QueryNetdev,
  queryNetdev,
  queryRoutes,
  type VrfRoutes,
} from "../iproute2/netdev.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { exists } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { netnsCookie } from "../os/netns.ts";
import { MODES } from "../programs/modes.ts";
import { KERNEL_NAME_PREFIX } from "../programs/prologue.ts";

/** Where the program of the plain mode is pinned, by which a VRF is started. */
const PLAIN_PIN = "sock_create";

/** An interface whose binding is started. */
export interface Started {
  /** The interface to which new sockets are bound from now on. */
  readonly netdev: Netdev;
  /** What its routing table sends where. */
  readonly routes: VrfRoutes;
}

/**
 * Creates or repairs the binding of an interface. What is right already stays
 * as it is; everything else is replaced in one step each, so that an
 * interruption leaves the old binding or the new one.
 *
 * @throws {UserError} If it fails; a binding that did not exist before does not
 * exist then either.
 */
export function start(ifname: string): Started {
  // With the pins held, so that no other process can write an older ifindex.
  using _held = makeAndHoldPins();
  return startOne(ifname, queryNetdev);
}

/** Like start(), for an interface that may be bound already. */
export function startUnlessBound(ifname: string): void {
  using _held = makeAndHoldPins();
  using map = openMap(ifname);
  if (map === undefined) startOne(ifname, queryNetdev);
  else if (belongsHere(readBinding(map))) {
    updateLeaked(ifname, queryNetdev(ifname));
  }
}

/**
 * Like start(), for several interfaces, which iproute2 lists once. If one fails, the others are started nevertheless.
 *
 * @param ifnames By default every VRF.
 * @throws {UserError} If iproute2 or bpffs is missing.
 */
export function startEach(
  ifnames?: readonly string[],
): (Started | UserError)[] {
  using _held = makeAndHoldPins();
  const netdevs = ifnames?.length === 1 ? undefined : listNetdevs();
  const query = netdevs === undefined ? queryNetdev : findIn(netdevs);
  const names = ifnames ?? (netdevs ?? [])
    .filter(({ kind }) => kind === "vrf").map(({ ifname }) => ifname);
  return names.map((name) => orUserError(() => startOne(name, query)));
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
  query: QueryNetdev,
): Started {
  const netdev = findOrDeny(ifname, query);
  const routes = queryRoutes(netdev);
  const pins = pinNames(ifname);
  try {
    makeBinding(netdev, routes.leaked, pins);
  } catch (error) {
    if (pins.length === 0 && hasPins(ifname)) removeAllPins(ifname);
    throw error;
  }
  return { netdev, routes };
}

/** Stops one interface; the caller holds the pins. */
function stopOne(ifname: string, purge: boolean, query: QueryNetdev): void {
  if (!hasPins(ifname)) return;
  using map = openMap(ifname);
  if (map !== undefined && (purge || isOutdated(map, ifname, query))) deny(map);
  if (purge) removeAllPins(ifname);
  else removePins(ifname, PROGRAM_PINS);
}

/** In this order, an interruption leaves a binding that is stopped. */
function removeAllPins(ifname: string): void {
  removePins(ifname, PROGRAM_PINS);
  removePins(ifname, MAP_PINS);
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
  /** Whether that is one of this network namespace. */
  readonly isHere: boolean;
  /** The id of its map. */
  readonly mapId: number;
  /** The id of the pinned program; `undefined` if the binding is stopped. */
  readonly programId: number | undefined;
  /** The value of its filter map; `undefined` if it has none. */
  readonly filter: DataView<ArrayBuffer> | undefined;
}

/** Every binding that has pins. @throws {UserError} If no bpffs is mounted. */
export function bindings(): Binding[] {
  using _held = holdPins();
  return pinnedIfnames().flatMap((ifname) => {
    using map = openMap(ifname);
    if (map === undefined) return [];
    const { ifindex, cookie } = readBinding(map);
    const isHere = cookie === netnsCookie();
    const { id: mapId } = mapInfo(map);
    using filter = openFilter(ifname);
    return [{
      ...{ ifname, ifindex, isHere, mapId, programId: programIdOf(ifname) },
      filter: filter === undefined ? undefined : readFilter(filter),
    }];
  });
}

/**
 * Updates a binding with the ifindex that its interface has now, and with the
 * devices to which its table routes; 0, which denies, if the interface is gone.
 * Without a binding, nothing happens.
 *
 * @returns The ifindex in the map now.
 */
export function follow(ifname: string): number | undefined {
  using held = holdPins();
  if (held === undefined) return undefined;
  using map = openMap(ifname);
  if (map === undefined) return undefined;
  const before = readBinding(map);
  if (!belongsHere(before)) return undefined;
  const netdev = currentNetdev(ifname, queryNetdev);
  setIfindex(map, before, netdev?.ifindex ?? 0);
  updateLeaked(ifname, netdev);
  return netdev?.ifindex ?? 0;
}

/** Updates the devices outside of a VRF to which its packets may go. */
function updateLeaked(ifname: string, netdev: Netdev | undefined): void {
  using filter = openFilter(ifname);
  if (filter === undefined) return;
  const leaked = netdev === undefined ? [] : queryRoutes(netdev).leaked;
  setLeaked(filter, leaked.map(({ ifindex }) => ifindex));
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

/** @param pins The names of its pins so far. */
function makeBinding(
  { ifname, ifindex }: Netdev,
  leaked: readonly Netdev[],
  pins: readonly string[],
): void {
  using maps = openOrCreateMaps(ifname, ifindex, netnsCookie());
  const before = readBinding(maps.binding);
  assertNetns(before, ifname);
  using stack = new DisposableStack();
  const missing = [
    ...missingMaps(pins, maps),
    ...missingPrograms(ifname, pins, maps, stack),
  ];

  // Nothing has changed so far; whatever the kernel refuses, it has by now.
  makePinDirectory(ifname, PLAIN_PIN);
  removeUnfinishedPins(ifname, pins);
  setIfindex(maps.binding, before, ifindex);
  setLeaked(maps.filter, leaked.map(({ ifindex }) => ifindex));
  for (const [name, object] of missing) {
    makePinDirectory(ifname, name);
    replacePin(object, pinPath(ifname, name));
  }
}

/** A map or a program, and the name of the pin that it is to have. */
type Unpinned = readonly [pinName: string, object: Fd];

/** The maps that are not pinned yet. */
function missingMaps(
  pins: readonly string[],
  { binding, filter }: Maps,
): Unpinned[] {
  const maps: readonly Unpinned[] = [["binding", binding], ["filter", filter]];
  return maps.filter(([name]) => !pins.includes(name));
}

/** The names of the pins of programs: one for each mode. */
const PROGRAM_PINS: readonly string[] = MODES.map(({ pin }) => pin);

/**
 * Loads the programs that are pinned, and gives those that have to be: their
 * pins are missing, or another version's.
 *
 * @param stack Owns the descriptors.
 */
function missingPrograms(
  ifname: string,
  pins: readonly string[],
  maps: Maps,
  stack: DisposableStack,
): Unpinned[] {
  // Modes share programs, which are loaded once.
  const specs = new Set(MODES.map(({ pinned }) => pinned));
  const programs = new Map(
    [...specs].map((spec) => [spec, stack.use(loadProgram(spec, maps))]),
  );
  return MODES.flatMap(({ pin, pinned }) => {
    const program = programs.get(pinned);
    if (program === undefined) return [];
    const isThere = pins.includes(pin) &&
      isPinnedAt(program, pinPath(ifname, pin));
    return isThere ? [] : [[pin, program]];
  });
}

function programIdOf(ifname: string): number | undefined {
  const path = pinPath(ifname, PLAIN_PIN);
  if (!exists(path)) return undefined;
  using program = openPin(path);
  return programInfo(program).id;
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

/** Whether a binding is valid in this network namespace. */
function belongsHere({ cookie }: BindingValue): boolean {
  return cookie === netnsCookie();
}

/**
 * Refuses to move a binding to another network namespace: attached programs
 * would leave sockets in the old one unbound.
 */
function assertNetns(binding: BindingValue, ifname: string): void {
  if (belongsHere(binding)) return;
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
  const binding = readBinding(map);
  if (binding.ifindex === 0 || !belongsHere(binding)) return false;
  return currentNetdev(ifname, query)?.ifindex !== binding.ifindex;
}

/** The interface of that very name, if there is one. */
function currentNetdev(
  ifname: string,
  query: QueryNetdev,
): Netdev | undefined {
  const netdev = query(ifname);
  // iproute2 finds interfaces by their alternative names too.
  return netdev?.ifname === ifname ? netdev : undefined;
}
