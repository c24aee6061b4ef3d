/** What the kernel says of the pinned objects of a binding. */

import { pinPath } from "../../src/kernel/pins.ts";
import {
  mapInfo,
  openPin,
  programInfo,
  readMap,
} from "../../src/bpf/libbpf.ts";
import { BINDING } from "../../src/programs/prologue.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";

/** The ids of an interface's map and program, to see whether they are new. */
export function objectIds(ifname: string): { map: number; program: number } {
  using map = openPin(pinPath(ifname, "binding"));
  using program = openPin(pinPath(ifname, SOCK_CREATE.name));
  return { map: mapInfo(map).id, program: programInfo(program).id };
}

/** The ifindex that an interface's map says. */
export function boundIfindex(ifname: string): number {
  using map = openPin(pinPath(ifname, "binding"));
  return readMap(map, BINDING.size).getUint32(BINDING.ifindex, true);
}
