/** Updates a binding after its interface has changed. */

import { follow } from "../kernel/binding.ts";
import { allLinkedUnits } from "../bound_units/bound_units.ts";
import { ifnameOfInstance } from "../bound_units/instance.ts";
import type { Arguments } from "../cli/command.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { print, printError } from "../messages/print.ts";
import { restartDependents } from "../systemd/unit.ts";

/** `denovrf follow` */
export function run({ operands }: Arguments): number {
  const [instance = "", seen] = operands;
  const ifname = ifnameOfInstance(instance);
  assertIfname(ifname);
  const ifindex = follow(ifname);
  if (ifindex === undefined) return 0;
  // Compared with `seen`, and not with the map: `denovrf start` may have updated
  // that without restarting units.
  if (ifindex !== 0 && `${ifindex}` !== seen) {
    const linked = allLinkedUnits()
      .filter((linked) => linked.ifname === ifname).map(({ unit }) => unit);
    const failures = restartDependents(`denovrf@${instance}.service`, linked);
    failures.forEach(printError);
    // What is not printed is not seen: the next event has all of this done again.
    if (failures.length > 0) return 1;
  }
  // units/denovrf-follow@.service keeps it, and passes it the next time.
  print(ifindex === 0 ? gone(seen) : `${ifindex}`);
  return 0;
}

/** No ifindex, and the last one: under another name, it is the same interface. */
function gone(seen = ""): string {
  return `0 ${seen.split(" ").at(-1)}`.trimEnd();
}
