/** By which ways a process gets packets out of its VRF. */

import { assert } from "@std/assert";
import { must } from "../shell.ts";

/** What the ways send to; a test has to make routes for the first two. */
export const PREFIXES = [
  ...["198.51.100.0/24", "2001:db8:51::/64", "239.0.0.0/8", "ff0e::/16"],
  ...["fe80::/64", "ff02::1:0/112"],
];

/**
 * Tries every way as root, and counts packets rather than believe options.
 *
 * @param outside A device that is not in the VRF.
 * @param prefix What a command is run in the VRF by.
 * @returns The names of the ways by which a packet left by that device.
 */
export async function escapes(
  outside: string,
  prefix: readonly string[],
): Promise<string[]> {
  const files = `${import.meta.dirname}`;
  const report = await Deno.makeTempFile();
  const counts = await must([
    ...["python3", `${files}/wiretap.py`, "--each", PREFIXES.join(), outside],
    ...["sh", "-c", `"$@" > ${report}`, "sh"],
    ...prefix,
    ...["/usr/bin/python3", `${files}/escape.py`, outside],
  ]);
  const names = new Map(
    (await Deno.readTextFile(report)).trim().split("\n").map((line) => {
      const [address = "", name = ""] = line.split(" ");
      return [address, name];
    }),
  );
  await Deno.remove(report);
  assert(names.size > 20, "not every way was tried");
  return counts.split("\n").filter((line) => line !== "").map((line) => {
    const address = line.split(" ")[1] ?? "";
    return names.get(address) ?? address;
  }).sort();
}
