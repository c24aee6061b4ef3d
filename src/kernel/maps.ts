/**
 * The two maps of a binding, which its programs read: `binding` says to which
 * interface sockets are bound, `filter` which other devices packets may use; and
 * there the programs count what they refuse.
 */

import { pinPath } from "./pins.ts";
import {
  createMap,
  MAP_TYPE_ARRAY,
  mapInfo,
  openPin,
  readMap,
  writeMap,
} from "../bpf/libbpf.ts";
import { UserError } from "../messages/errors.ts";
import { showChange } from "../messages/print.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { exists } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { BINDING, KERNEL_NAME_PREFIX } from "../programs/prologue.ts";
import { FILTER, MAX_LEAKED } from "../programs/refusals.ts";

/** A kind of map: its pin, its name in the kernel, and its size. */
interface MapKind {
  readonly pin: "binding" | "filter";
  readonly name: string;
  /** In bytes, of the value of its only entry. */
  readonly size: number;
}

const BINDING_MAP: MapKind = {
  pin: "binding",
  name: `${KERNEL_NAME_PREFIX}map`,
  size: BINDING.size,
};

const FILTER_MAP: MapKind = {
  pin: "filter",
  name: `${KERNEL_NAME_PREFIX}filter`,
  size: FILTER.size,
};

/** The names of the pins of both. */
export const MAP_PINS: readonly string[] = [BINDING_MAP.pin, FILTER_MAP.pin];

/** The maps of a binding, which are open. */
export interface Maps extends Disposable {
  readonly binding: Fd;
  readonly filter: Fd;
}

/**
 * The maps of an interface: those that are pinned, and new ones in the place of
 * those that are not.
 *
 * @param cookie The network namespace in which the ifindex is valid.
 */
export function openOrCreateMaps(
  ifname: string,
  ifindex: number,
  cookie: bigint,
): Maps {
  using stack = new DisposableStack();
  const binding = stack.use(
    openMap(ifname) ?? createBindingMap(ifindex, cookie),
  );
  const filter = stack.use(openPinned(ifname, FILTER_MAP) ?? createFilterMap());
  return ownMaps(stack, binding, filter);
}

/** Maps that nothing pins: they live as long as the programs that read them. */
export function createMaps(ifindex: number, cookie: bigint): Maps {
  using stack = new DisposableStack();
  const binding = stack.use(createBindingMap(ifindex, cookie));
  const filter = stack.use(createFilterMap());
  return ownMaps(stack, binding, filter);
}

/** Maps that are closed together. @param stack Owns them until now. */
export function ownMaps(
  stack: DisposableStack,
  binding: Fd,
  filter: Fd,
): Maps {
  const owner = stack.move();
  return { binding, filter, [Symbol.dispose]: () => owner.dispose() };
}

function createBindingMap(ifindex: number, cookie: bigint): Fd {
  const map = createMap(BINDING_MAP.name, BINDING_MAP.size);
  const value = new DataView(new ArrayBuffer(BINDING_MAP.size));
  value.setUint32(BINDING.ifindex, ifindex, true);
  value.setBigUint64(BINDING.netnsCookie, cookie, true);
  writeMap(map, value);
  return map;
}

/** Creates a filter map, which is not pinned yet. */
export function createFilterMap(): Fd {
  return createMap(FILTER_MAP.name, FILTER_MAP.size);
}

/**
 * The pinned binding map of an interface, if it has one.
 *
 * @throws {UserError} If something else is pinned there.
 */
export function openMap(ifname: string): Fd | undefined {
  return openPinned(ifname, BINDING_MAP);
}

/** The pinned filter map of an interface, if it has one; see openMap(). */
export function openFilter(ifname: string): Fd | undefined {
  return openPinned(ifname, FILTER_MAP);
}

function openPinned(ifname: string, kind: MapKind): Fd | undefined {
  const path = pinPath(ifname, kind.pin);
  if (!exists(path)) return undefined;
  using stack = new DisposableStack();
  const map = stack.use(openPin(path));
  if (!isOfKind(map, kind)) throw foreignObject(path, `${kind.pin} map`);
  stack.move();
  return map;
}

/** Whether an object of the kernel is a binding map. */
export function isBindingMap(object: Fd): boolean {
  return isOfKind(object, BINDING_MAP);
}

/** Whether an object of the kernel is a filter map. */
export function isFilterMap(object: Fd): boolean {
  return isOfKind(object, FILTER_MAP);
}

function isOfKind(object: Fd, kind: MapKind): boolean {
  const { type, valueSize, name } = mapInfo(object);
  return type === MAP_TYPE_ARRAY && valueSize === kind.size &&
    name === kind.name;
}

/** The error for a pin of ours that is somebody else's object. */
export function foreignObject(path: string, what: string): UserError {
  return new UserError(
    `Cannot use ${quote(path)}: it is not a ${what} of denovrf`,
    { remedy: `Inspect it, then remove it: rm ${shellWord(path)}` },
  );
}

/** What a binding map says. */
export interface BindingValue {
  readonly value: DataView<ArrayBuffer>;
  readonly ifindex: number;
  /** The network namespace in which the ifindex is valid. */
  readonly cookie: bigint;
}

/**
 * Writes an ifindex into a binding map; attached programs use it at once.
 *
 * @param before What the map says so far.
 */
export function setIfindex(
  map: Fd,
  { value, ifindex: old }: BindingValue,
  ifindex: number,
): void {
  if (old === ifindex) return;
  value.setUint32(BINDING.ifindex, ifindex, true);
  writeMap(map, value);
  showChange(`binding ifindex ${ifindex}`);
}

/** Makes every program that reads the map refuse new sockets. */
export function deny(map: Fd): void {
  setIfindex(map, readBinding(map), 0);
}

/** Reads a binding map. */
export function readBinding(map: Fd): BindingValue {
  const value = readMap(map, BINDING_MAP.size);
  return {
    value,
    ifindex: value.getUint32(BINDING.ifindex, true),
    cookie: value.getBigUint64(BINDING.netnsCookie, true),
  };
}

/** The value of a filter map; see {@linkcode FILTER}. */
export function readFilter(map: Fd): DataView<ArrayBuffer> {
  return readMap(map, FILTER_MAP.size);
}

/** The devices outside of the VRF that packets may use, by a filter map. */
export function leakedIn(value: DataView): number[] {
  return Array.from(
    { length: MAX_LEAKED },
    (_, at) => value.getUint32(FILTER.leaked + 4 * at, true),
  ).filter((ifindex) => ifindex !== 0);
}

/**
 * Writes the devices outside of the VRF that packets may use into a filter map.
 * What programs count in that very moment is lost.
 *
 * @param ifindexes Those after the eighth have no place.
 */
export function setLeaked(filter: Fd, ifindexes: readonly number[]): void {
  const wanted = ifindexes.slice(0, MAX_LEAKED);
  const value = readFilter(filter);
  if (leakedIn(value).join() === wanted.join()) return;
  for (let at = 0; at < MAX_LEAKED; at++) {
    value.setUint32(FILTER.leaked + 4 * at, wanted[at] ?? 0, true);
  }
  writeMap(filter, value);
  showChange(`leaked ifindexes ${wanted.join(" ") || "none"}`);
}
