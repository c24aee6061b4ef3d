import { follow } from "../binding.ts";
import type { Arguments } from "../commands.ts";
import { UsageError } from "../errors.ts";
import { assertIfname, ifnameOfInstance } from "../netdev/ifname.ts";
import { bringBack } from "../systemd/unit.ts";

/** `denovrf follow` */
export function run({ operands }: Arguments): number {
  const [instance, ...others] = operands;
  if (instance === undefined || others.length > 0) {
    throw new UsageError("An instance of denovrf@.service is needed");
  }
  const ifname = ifnameOfInstance(instance);
  assertIfname(ifname);
  const followed = follow(ifname);
  if (followed === undefined) return 0;
  const { before, now } = followed;
  if (now !== 0 && now !== before) bringBack(`denovrf@${instance}.service`);
  // units/denovrf-follow@.service keeps it, to see whether there is more.
  console.log(now);
  return 0;
}
