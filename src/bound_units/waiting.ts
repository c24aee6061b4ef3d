/**
 * Instances of bound templates that are to be started when their VRF comes.
 * Nobody knows them before they are started, so what bind does for a unit, this
 * does for an instance, until the next boot.
 */

import { comesWithVrf } from "./bindable.ts";
import {
  allLinkedUnits,
  boundUnitsIn,
  linkedUnitsIn,
  RUN,
} from "./bound_units.ts";
import {
  disable,
  enable,
  isEnabledIn,
  linkUnit,
  removeLink,
} from "./enablement.ts";
import { instanceFor } from "./instance.ts";
import { queryNetdev } from "../iproute2/netdev.ts";
import { systemctl } from "../systemd/systemctl.ts";
import { parseUnitName, templateOf } from "../systemd/unit_name.ts";

/**
 * Has an instance of a bound template come with its VRF. This runs at each start
 * of every bound unit, and asks others only if there is something to do.
 */
export function comeWithVrf(unit: string, ifname: string): void {
  if (templateOf(unit) === unit) return;
  const isLinked = allLinkedUnits()
    .some((linked) => linked.unit === unit && linked.ifname === ifname);
  if (!isLinked && !comesWithVrf(parseUnitName(unit))) return;
  const isAbsent = queryNetdev(ifname) === undefined;
  if (isLinked && !isAbsent) return;
  const instance = instanceFor(ifname);
  if (!isLinked) linkUnit(RUN, instance, unit);
  if (!isAbsent) return;
  // systemd has to learn what to start when the VRF comes.
  const isEnabled = isEnabledIn(RUN, instance);
  if (isLinked && isEnabled) return;
  if (!isEnabled) enable(RUN, instance);
  systemctl("daemon-reload");
}

/** Undoes {@linkcode comeWithVrf} for every instance of a template. */
export function forgetInstances(template: string): void {
  const ours = linkedUnitsIn(RUN).filter(({ unit }) =>
    unit !== template && templateOf(unit) === template
  );
  for (const { ifname, path } of ours) {
    removeLink(path);
    const isNeeded = [...linkedUnitsIn(RUN), ...boundUnitsIn(RUN)]
      .some((other) => other.ifname === ifname);
    if (!isNeeded) disable(RUN, instanceFor(ifname));
  }
}
