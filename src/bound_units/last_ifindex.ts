/** What interfaces were that bound units wait for. */

import { readIfThere } from "../os/files.ts";

/**
 * The last ifindex with which an instance of denovrf@ has come up; `undefined`
 * if there is none since the boot. `denovrf follow` has said it.
 */
export function lastIfindex(instance: string): number | undefined {
  const name = instance.replace(/^denovrf@|\.service$/g, "");
  const seen = readIfThere(`/run/denovrf/${name}`)?.trim().split(" ").at(-1);
  const ifindex = Number(seen ?? 0);
  return ifindex > 0 ? ifindex : undefined;
}
