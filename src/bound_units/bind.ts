/** Binds units: from the next daemon-reload on, they start bound or not at all. */

import { assertWorks } from "../kernel/probe.ts";
import { assertBindable, comesWithVrf } from "./bindable.ts";
import {
  boundUnitsIn,
  dropInPath,
  readDropIn,
  UNIT_DIRECTORIES,
  type UnitDirectory,
} from "./bound_units.ts";
import { type DropIn, dropInTexts } from "./drop_in.ts";
import { enable, isEnabledIn, linkUnit, unlinkUnit } from "./enablement.ts";
import { instanceFor } from "./instance.ts";
import { type Finding, lookAtUnit } from "./findings.ts";
import { resolvConfFor } from "./resolv_conf.ts";
import { isSpecifier } from "./specifier.ts";
import { forget } from "./unbind.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { exists, removeIfExists, writeWhole } from "../os/files.ts";
import { isPlain, type Mode } from "../programs/modes.ts";
import {
  assertAttachesPrograms,
  enablementOf,
  systemctl,
} from "../systemd/systemctl.ts";
import { resolveAlias } from "../systemd/unit.ts";
import type { UnitName } from "../systemd/unit_name.ts";

/** What a person asks for. */
export interface WantedBinding {
  /** The interface, or a specifier that names it. */
  readonly ifname: string;
  readonly mode: Mode;
  readonly follow: boolean;
  /** The resolv.conf that the unit is to have, if the person names one. */
  readonly resolvConf: string | undefined;
  /** Where the drop-in goes. */
  readonly directory: UnitDirectory;
  /** Whether a service's sockets may come from elsewhere. */
  readonly withoutSockets: boolean;
  /** The service with which a socket unit is bound that nobody has named. */
  readonly boundWith: string | undefined;
  /** Whether to bind it although its sockets would be in another VRF. */
  readonly isForced: boolean;
}

/** A unit that can be bound as a person wants it. */
export interface Plan {
  /** The unit; for an alias, the one that it stands for. */
  readonly unit: UnitName;
  readonly directory: UnitDirectory;
  /** What its drop-in is to say. */
  readonly dropIn: Omit<DropIn, "enabledInstance">;
  /** What its drop-in says so far. */
  readonly before: DropIn | undefined;
  /** What does not go with the binding. */
  readonly found: readonly Finding[];
}

/**
 * Makes sure that a unit can be bound. It need not have its VRF yet.
 *
 * @throws {UserError} If it cannot be bound.
 */
export function planBinding(named: UnitName, wanted: WantedBinding): Plan {
  const { ifname, mode, directory } = wanted;
  assertAttachesPrograms();
  const unit = resolveAlias(named);
  assertBindable(unit);
  const before = readDropIn(directory, unit.name);
  const found = lookAtUnit(unit, ifname, before?.ifname);
  if (!wanted.isForced) assertNoContradiction(unit, ifname, found);
  if (!isPlain(mode)) assertWorks(mode);
  assertNotBoundElsewhere(unit, named, directory);
  if (!isSpecifier(ifname)) assertNotMasked(instanceFor(ifname), unit.name);
  const { follow, withoutSockets, boundWith } = wanted;
  const resolvConf = resolvConfFor(ifname, unit.section, wanted.resolvConf);
  const dropIn = {
    ifname,
    mode,
    follow,
    withoutSockets,
    boundWith,
    resolvConf,
  };
  return { unit, directory, before, found, dropIn };
}

/**
 * Binds units as planned.
 *
 * @returns The paths of the drop-ins of each.
 */
export function bindUnits(plans: readonly Plan[]): string[][] {
  const paths = plans.map(addDropIn);
  systemctl("daemon-reload");
  return paths;
}

/** Refuses to bind a unit whose sockets would still be in another VRF. */
function assertNoContradiction(
  unit: UnitName,
  ifname: string,
  found: readonly Finding[],
): void {
  const contradiction = found.find(({ isContradiction }) => isContradiction);
  if (contradiction === undefined) return;
  const { message, remedy } = contradiction;
  throw new UserError(
    `Cannot bind ${quote(unit.name)} to ${quote(ifname)}: ${message}`,
    { remedy: `${remedy}; or use bind --force` },
  );
}

/** Refuses a unit that has a drop-in of ours by another name or directory. */
function assertNotBoundElsewhere(
  unit: UnitName,
  named: UnitName,
  directory: UnitDirectory,
): void {
  const other = UNIT_DIRECTORIES
    .flatMap((directory) =>
      [unit, named].map(({ name }) => dropInPath(directory, name))
    )
    .find((path) => path !== dropInPath(directory, unit.name) && exists(path));
  if (other === undefined) return;
  throw new UserError(
    `Cannot bind ${quote(unit.name)}: it is already bound by ${quote(other)}`,
    { remedy: `Unbind it first: denovrf unbind ${shellWord(named.name)}` },
  );
}

/** Writes what a unit is to have. @returns The paths. */
function addDropIn(
  { unit, directory, before, dropIn: binding }: Plan,
): string[] {
  const { ifname } = binding;
  if (isSpecifier(ifname)) {
    // Instances come with VRFs that nobody knows yet; see waiting.ts.
    const dropIn = { ...binding, enabledInstance: false };
    return replaceDropIns(directory, unit, before, dropIn);
  }
  const instance = instanceFor(ifname);
  const isEnabled = isEnabledIn(directory, instance);
  const enabledInstance = ownsEnablement(directory, ifname, isEnabled);
  // In this order, an interruption leaves a unit that is bound, or was not.
  const dropIn = { ...binding, enabledInstance };
  const paths = replaceDropIns(directory, unit, before, dropIn);
  if (!isEnabled) enable(directory, instance);
  if (comesWithVrf(unit)) linkUnit(directory, instance, unit.name);
  else unlinkUnit(directory, instance, unit.name);
  return paths;
}

/** Writes what a unit is to have, in the place of what it had. @returns The paths. */
function replaceDropIns(
  directory: UnitDirectory,
  unit: UnitName,
  before: DropIn | undefined,
  dropIn: DropIn,
): string[] {
  const paths = writeDropIns(directory, unit, dropIn);
  if (before !== undefined && before.ifname !== dropIn.ifname) {
    forget(directory, unit.name, before);
  }
  return paths;
}

function assertNotMasked(instance: string, unit: string): void {
  if (!enablementOf(instance).startsWith("masked")) return;
  throw new UserError(
    `Cannot bind ${quote(unit)}: ${quote(instance)} is masked`,
    {
      remedy: `Unmask it first: systemctl unmask ${shellWord(instance)}`,
    },
  );
}

/** Whether bind has enabled the instance of a VRF, or does so now. */
function ownsEnablement(
  directory: UnitDirectory,
  ifname: string,
  isEnabled: boolean,
): boolean {
  const others = boundUnitsIn(directory)
    .filter((bound) => bound.ifname === ifname);
  return others.length > 0
    ? others.some((bound) => bound.enabledInstance)
    : !isEnabled;
}

/** Writes what a unit is to have, and removes what not. @returns The paths. */
export function writeDropIns(
  directory: UnitDirectory,
  { name, section }: UnitName,
  dropIn: DropIn,
): string[] {
  const paths: string[] = [];
  for (const [each, text] of Object.entries(dropInTexts(dropIn, section))) {
    const path = dropInPath(directory, name, each);
    if (text === undefined) {
      removeIfExists(path);
      continue;
    }
    writeWhole(path, text);
    paths.push(path);
  }
  return paths;
}
