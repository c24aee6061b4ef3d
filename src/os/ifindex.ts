/** The kernel's numbers of network interfaces. */

import { cString, textIn } from "./ffi.ts";
import { libc } from "./libc.ts";

/** `IFNAMSIZ` of linux/if.h */
const IFNAMSIZ = 16;

/**
 * The ifindex of the interface of that very name in this network namespace; 0
 * if there is none. It takes no process, which iproute2 does.
 */
export function ifindexNamed(name: string): number {
  const ifindex = libc.if_nametoindex(cString(name));
  if (ifindex === 0) return 0;
  // The kernel finds interfaces by their alternative names too.
  const found = new Uint8Array(IFNAMSIZ);
  const isThere = libc.if_indextoname(ifindex, found) !== null;
  return isThere && textIn(found) === name ? ifindex : 0;
}
