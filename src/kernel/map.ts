/** The map of a binding: the ifindex that sockets get, in which namespace. */

import { BINDING_PIN, pinPath } from "./pin_path.ts";
import {
  createMap,
  MAP_TYPE_ARRAY,
  mapInfo,
  openPin,
  readMap,
  writeMap,
} from "../bpf/libbpf.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { showChange } from "../messages/print.ts";
import { exists } from "../os/files.ts";
import type { Fd } from "../os/libc.ts";
import { BINDING, KERNEL_NAME_PREFIX } from "../programs/prologue.ts";

/** The name of every binding map in the kernel. */
const MAP_NAME = `${KERNEL_NAME_PREFIX}map`;

/**
 * Creates a binding map, which is not pinned yet.
 *
 * @param ifindex What sockets get; 0 denies them.
 * @param cookie The network namespace in which the ifindex is valid.
 */
export function createBindingMap(ifindex: number, cookie: bigint): Fd {
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
 * @throws {UserError} If something else is pinned there.
 */
export function openMap(ifname: string): Fd | undefined {
  const path = pinPath(ifname, BINDING_PIN);
  if (!exists(path)) return undefined;
  const map = openPin(path);
  if (!isBindingMap(map)) {
    map[Symbol.dispose]();
    throw foreignObject(path, "binding map");
  }
  return map;
}

/** Whether an object of the kernel is a binding map. */
export function isBindingMap(object: Fd): boolean {
  const { type, valueSize, name } = mapInfo(object);
  return type === MAP_TYPE_ARRAY && valueSize === BINDING.size &&
    name === MAP_NAME;
}

/** The error for a pin of ours that is somebody else's object. */
export function foreignObject(path: string, what: string): UserError {
  return new UserError(
    `Cannot use ${quote(path)}: it is not a ${what} of denovrf`,
    { remedy: `Inspect it, then remove it: rm ${shellWord(path)}` },
  );
}

/** Writes an ifindex into a map; attached programs use it at once. */
export function setIfindex(map: Fd, ifindex: number): void {
  const { value, ifindex: old } = readBinding(map);
  if (old === ifindex) return;
  value.setUint32(BINDING.ifindex, ifindex, true);
  writeMap(map, value);
  showChange(`binding ifindex ${ifindex}`);
}

/** Makes every program that reads the map refuse new sockets. */
export function deny(map: Fd): void {
  setIfindex(map, 0);
}

/** Reads a map. */
export function readBinding(
  map: Fd,
): { value: DataView<ArrayBuffer>; ifindex: number; cookie: bigint } {
  const value = readMap(map, BINDING.size);
  return {
    value,
    ifindex: value.getUint32(BINDING.ifindex, true),
    cookie: value.getBigUint64(BINDING.netnsCookie, true),
  };
}
