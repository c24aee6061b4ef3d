/** What can be wrong with a bound unit, a rule each, and what to do. */

import { comesWithVrf } from "../bound_units/bindable.ts";
import {
  type BoundUnit,
  dropInPath,
  type LinkedUnit,
} from "../bound_units/bound_units.ts";
import { dropInTexts } from "../bound_units/drop_in.ts";
import {
  lookAtUnit,
  PROPERTIES as PROPERTIES_OF_FINDINGS,
} from "../bound_units/findings.ts";
import { instanceFor } from "../bound_units/instance.ts";
import { socketsOf } from "../bound_units/sockets.ts";
import { hasOwnFiles, resolvConfOfVrf } from "../bound_units/resolv_conf.ts";
import { isSpecifier } from "../bound_units/specifier.ts";
import { bindCommand } from "./bind_command.ts";
import { type Problem, problem, warning } from "./check.ts";
import { lookAtLaterDropIns } from "./later_drop_ins.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { exists, readTextIfExists } from "../os/files.ts";
import type { ShowUnit } from "../systemd/systemctl.ts";
import { loadStateOf } from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

/** Each property that the rules ask for, of a bound unit or of its denovrf@. */
export const PROPERTIES = [
  "ActiveState",
  "DropInPaths",
  "LoadState",
  "RequiredBy",
  "TriggeredBy",
  "UnitFileState",
  "WantedBy",
  ...PROPERTIES_OF_FINDINGS,
];

/** A bound unit, and what the rules look at. */
interface Subject {
  readonly bound: BoundUnit;
  readonly unitName: UnitName;
  /** Every unit that is started with a VRF. */
  readonly linked: readonly LinkedUnit[];
  readonly show: ShowUnit;
}

/** Finds what is wrong with a bound unit, of one kind. */
type Rule = (subject: Subject) => Problem[];

/** Of a unit that systemd has loaded. */
const RULES_IF_LOADED: readonly Rule[] = [
  contradicts,
  ({ bound, unitName, show }) => lookAtLaterDropIns(bound, unitName, show),
  hasUnboundSockets,
  startsOtherwise,
];

/**
 * What is wrong with a bound unit.
 *
 * @param show Answers for {@linkcode PROPERTIES}.
 */
export function problemsOfBoundUnit(
  bound: BoundUnit,
  linked: readonly LinkedUnit[],
  show: ShowUnit,
): Problem[] {
  const unitName = parseUnitName(bound.unit);
  const state = loadStateOf(unitName, show);
  const rules = [
    ...state === "loaded" ? RULES_IF_LOADED : [isNotLoaded],
    isModified,
    // With a specifier, each instance has another one.
    ...isSpecifier(bound.ifname) ? [] : [instanceFails, asksOtherServers],
  ];
  return rules.flatMap((rule) => rule({ bound, unitName, linked, show }));
}

function isNotLoaded({ bound, unitName, show }: Subject): Problem[] {
  const { unit, ifname } = bound;
  return [problem(
    `${quote(unit)} is bound to ${quote(ifname)}, and is ${
      loadStateOf(unitName, show)
    }`,
    `Take the drop-in out: denovrf unbind ${shellWord(unit)}`,
  )];
}

function contradicts({ bound, unitName, show }: Subject): Problem[] {
  return lookAtUnit(unitName, bound.ifname, undefined, show)
    .map(({ message, remedy, isContradiction }) =>
      isContradiction ? problem(message, remedy) : warning(message, remedy)
    );
}

function hasUnboundSockets({ bound, unitName, show }: Subject): Problem[] {
  if (bound.withoutSockets) return [];
  const meant = bindCommand({ ...bound, withoutSockets: true });
  return socketsOf(unitName, show).filter(({ ifname }) => ifname === undefined)
    .map(({ unit }) =>
      problem(
        `${quote(unit.name)} opens the sockets of ${
          quote(bound.unit)
        }, and is not bound`,
        `Bind it too: ${bindCommand(bound)}; or if this is intended: ${meant}`,
      )
    );
}

function startsOtherwise(
  { bound, unitName, linked, show }: Subject,
): Problem[] {
  const { unit, ifname, directory } = bound;
  const isLinked = linked.some((link) =>
    link.unit === unit && link.ifname === ifname &&
    link.path.startsWith(`${directory}/`)
  );
  if (isLinked === comesWithVrf(unitName, show)) return [];
  const [name, vrf] = [quote(unit), quote(ifname)];
  return [warning(
    isLinked
      ? `${name} is started with ${vrf}, although something else starts it`
      : `${name} is not started with ${vrf}, and nothing else starts it`,
    `Rewrite it: ${bindCommand(bound)}`,
  )];
}

function isModified({ bound, unitName }: Subject): Problem[] {
  return Object.entries(dropInTexts(bound, unitName.section))
    .map(([name, text]) => ({
      path: dropInPath(bound.directory, bound.unit, name),
      text,
    }))
    .filter(({ path, text }) => readTextIfExists(path) !== text)
    .map(({ path }) =>
      problem(
        `${quote(path)} differs from what denovrf bind writes`,
        `Rewrite it: ${bindCommand(bound)}`,
      )
    );
}

function instanceFails({ bound: { unit, ifname }, show }: Subject): Problem[] {
  const instance = instanceFor(ifname);
  const name = `${quote(instance)}, which ${quote(unit)} needs,`;
  const properties = show(instance, ["ActiveState", "UnitFileState"]);
  const hasFailed = properties.get("ActiveState") === "failed";
  const isEnabled = properties.get("UnitFileState")?.startsWith("enabled");
  const see = `See why: journalctl -u ${shellWord(instance)}`;
  const enable = `Enable it: systemctl enable ${shellWord(instance)}`;
  return [
    ...hasFailed ? [problem(`${name} has failed`, see)] : [],
    ...isEnabled ? [] : [problem(`${name} is not enabled`, enable)],
  ];
}

function asksOtherServers({ bound, unitName }: Subject): Problem[] {
  const { unit, ifname, resolvConf: file } = bound;
  const ofVrf = resolvConfOfVrf(ifname);
  if (file !== undefined && !exists(file)) {
    return [problem(
      `${quote(unit)} should use ${
        quote(file)
      } as resolv.conf, which does not exist`,
      `Create it, or bind the unit to another: ${bindCommand(bound)}`,
    )];
  }
  if (file !== undefined || !hasOwnFiles(unitName.section)) return [];
  return !exists(ofVrf) ? [] : [warning(
    `${quote(unit)} uses the host's name servers instead of those of ${
      quote(ofVrf)
    }`,
    `Bind it again: ${bindCommand(bound)}`,
  )];
}
