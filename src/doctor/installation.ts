/** Checks of what denovrf itself has put into place. */

import { unfinishedPins } from "../binding/pins.ts";
import {
  BIND_ITS_SLICE,
  comesWithVrf,
  otherRootOf,
} from "../bound_units/bindable.ts";
import {
  type BoundUnit,
  boundUnitsIn,
  dropInPath,
  linkedUnitsIn,
  SCOPES,
} from "../bound_units/bound_units.ts";
import { dropInTexts } from "../bound_units/drop_in.ts";
import { bpfProgramSettings } from "../bound_units/settings.ts";
import { bindCommand } from "./bind_command.ts";
import { complaintsAboutBindings } from "./binding_rules.ts";
import {
  type Check,
  type Complaint,
  lookAtEach,
  NOT_BOOTED,
  problem,
  warning,
} from "./check.ts";
import { lookAtNameServers } from "./name_servers.ts";
import { survey } from "../inspect/survey.ts";
import { faultOfExecutable } from "../install/executable.ts";
import { executableIn, installedFiles } from "../install/units.ts";
import { shellWord } from "../messages/shell_word.ts";
import { readIfThere } from "../systemd/files.ts";
import { enablementOf, isBooted, showUnit } from "../systemd/systemctl.ts";
import { loadStateOf } from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

const INSTALL = "Install them: denovrf install";

export const INSTALLATION_CHECKS: readonly Check[] = [
  { name: "units", look: () => isBooted() ? lookAtUnits() : NOT_BOOTED },
  { name: "pins", look: lookAtPins },
  { name: "bindings", look: lookAtBindings },
  { name: "bound units", look: () => isBooted() ? lookAtBoundUnits() : "none" },
  { name: "name servers", look: lookAtNameServers },
];

function lookAtUnits() {
  const [main] = installedFiles("/");
  const text = main === undefined ? undefined : readIfThere(main.path);
  const executable = text === undefined ? undefined : executableIn(text);
  if (executable === undefined) {
    return [problem("They are not installed", INSTALL)];
  }
  const fault = faultOfExecutable(executable);
  const changed = installedFiles(executable)
    .filter(({ path, text }) => readIfThere(path) !== text)
    .map(({ path }) =>
      problem(`"${path}" is missing, changed or of another version`, INSTALL)
    );
  return fault === undefined ? changed : [
    problem(`They run "${executable}", and ${fault}`, INSTALL),
    ...changed,
  ];
}

function lookAtPins() {
  return unfinishedPins().map((path) =>
    warning(
      `"${path}" is left of a start that was interrupted`,
      `Remove it: rm "${path}"`,
    )
  );
}

function lookAtBindings() {
  const bound = SCOPES.flatMap(boundUnitsIn);
  return complaintsAboutBindings(
    survey(),
    new Map(bound.map(({ ifname, instance }) => [ifname, instance])),
  );
}

function lookAtBoundUnits() {
  const units = SCOPES.flatMap(boundUnitsIn);
  const names = new Set(units.map(({ unit }) => unit));
  const complaints = [
    ...lookAtEach(units, complaintsAbout),
    ...SCOPES.flatMap(linkedUnitsIn).filter(({ unit }) => !names.has(unit))
      .map(({ unit, ifname }) =>
        problem(
          `"${unit}" comes back with "${ifname}", and its drop-in is gone`,
          `Bind it: denovrf bind ${shellWord(unit)} ${
            shellWord(ifname)
          }; or take it out: denovrf unbind ${shellWord(unit)}`,
        )
      ),
  ];
  return complaints.length > 0 ? complaints : `${units.length} units`;
}

function complaintsAbout(bound: BoundUnit): Complaint[] {
  const { unit, ifname, instance, scope } = bound;
  const unitName = parseUnitName(unit);
  const state = loadStateOf(unitName);
  const complaints: Complaint[] = state === "loaded"
    ? complaintsAboutSettings(bound, unitName)
    : [problem(
      `"${unit}" is bound to "${ifname}", and is ${state}`,
      `Take the drop-in out: denovrf unbind ${shellWord(unit)}`,
    )];
  const texts = dropInTexts(
    bound,
    unitName.section,
    bpfProgramSettings(ifname, bound.mode),
  );
  for (const [name, text] of Object.entries(texts)) {
    const path = dropInPath(scope, unit, name);
    if (readIfThere(path) === text) continue;
    complaints.push(problem(
      `"${path}" is not what denovrf bind writes`,
      `Write it again: ${bindCommand(bound)}`,
    ));
  }
  if (showUnit(instance, "ActiveState").get("ActiveState") === "failed") {
    complaints.push(problem(
      `"${instance}", which "${unit}" needs, has failed`,
      `See why: journalctl -u ${shellWord(instance)}`,
    ));
  }
  if (!enablementOf(instance).startsWith("enabled")) {
    complaints.push(problem(
      `"${instance}", which "${unit}" needs, is not enabled`,
      `Enable it: systemctl enable ${shellWord(instance)}`,
    ));
  }
  return complaints;
}

/** What has changed in a unit since it was bound. */
function complaintsAboutSettings(
  bound: BoundUnit,
  unitName: UnitName,
): Complaint[] {
  const { unit, ifname, scope } = bound;
  const setting = otherRootOf(unitName);
  const isLinked = linkedUnitsIn(scope)
    .some((linked) => linked.unit === unit && linked.ifname === ifname);
  return [
    ...setting === undefined ? [] : [problem(
      `"${unit}" has ${setting}=, and what attaches would be run in there`,
      BIND_ITS_SLICE,
    )],
    ...isLinked === comesWithVrf(unitName) ? [] : [warning(
      isLinked
        ? `"${unit}" comes with "${ifname}", and something else starts it`
        : `"${unit}" does not come with "${ifname}", and nothing else starts it`,
      `Write it again: ${bindCommand(bound)}`,
    )],
  ];
}
