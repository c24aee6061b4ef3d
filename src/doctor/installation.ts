/** Checks of what denovrf itself has put into place. */

import { unfinishedPins } from "../binding/pins.ts";
import { comesWithVrf } from "../bound_units/bindable.ts";
import {
  allBoundUnits,
  type BoundUnit,
  dropInPath,
  linkedUnitsIn,
} from "../bound_units/bound_units.ts";
import { dropInTexts } from "../bound_units/drop_in.ts";
import { UNIT_FOLDERS } from "../bound_units/unit_folder.ts";
import { bindCommand } from "./bind_command.ts";
import {
  type Check,
  type Complaint,
  lookAtEach,
  NOT_BOOTED,
  problem,
  warning,
} from "./check.ts";
import { lookAtNameServers } from "./name_servers.ts";
import { type Survey, survey } from "../inspect/survey.ts";
import { faultOfExecutable } from "../install/executable.ts";
import {
  EARLIER_UNITS,
  executableIn,
  installedFiles,
  unitPath,
} from "../install/units.ts";
import { shellWord } from "../messages/shell_word.ts";
import { isThere, readIfThere } from "../systemd/files.ts";
import { enablementOf, isBooted, showUnit } from "../systemd/systemctl.ts";
import { loadStateOf } from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

const INSTALL = "Install them: denovrf install";

export const INSTALLATION_CHECKS: readonly Check[] = [
  { name: "units", look: () => isBooted() ? lookAtUnits() : NOT_BOOTED },
  { name: "pins", look: lookAtPins },
  { name: "bindings", look: () => lookAtBindings(survey()) },
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
  const earlier = EARLIER_UNITS.map(unitPath).filter(isThere)
    .map((path) => problem(`"${path}" is of an earlier version`, INSTALL));
  return [
    ...fault === undefined
      ? []
      : [problem(`They run "${executable}", and ${fault}`, INSTALL)],
    ...changed,
    ...earlier,
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

function lookAtBindings({ vrfs, orphans }: Survey): Complaint[] {
  const wanted = new Map(
    allBoundUnits().map(({ ifname, instance }) => [ifname, instance] as const),
  );
  return [
    ...vrfs.flatMap(({ ifname, state, bound, program }): Complaint[] => {
      const word = shellWord(ifname);
      const instance = wanted.get(ifname);
      if (state === "stale") {
        return [problem(
          `"${ifname}" is bound to an interface that it is not any more`,
          `Start it again: denovrf start ${word}`,
        )];
      }
      if (state === "absent" && bound !== null && instance === undefined) {
        return [warning(
          `"${ifname}" is bound, and there is no such interface`,
          `If it does not come again: denovrf stop --purge ${word}`,
        )];
      }
      if (state === "absent" && instance !== undefined) {
        return [warning(
          `Units wait for "${ifname}", and there is no such interface`,
          `Make it: ip link add ${word} type vrf table TABLE`,
        )];
      }
      if (program === null && instance !== undefined) {
        return [problem(
          `Units are bound to "${ifname}", and it is not started`,
          `Start it: ${restartCommand(instance)}`,
        )];
      }
      return [];
    }),
    ...orphans.map(({ unit, path }) =>
      problem(
        `"${
          unit ?? path
        }" is bound to what was purged, and can make no sockets`,
        unit === null ? "End its processes" : restartCommand(unit),
      )
    ),
    ...vrfs.flatMap(({ ifname, cgroups }) =>
      cgroups.filter(({ attached, processes }) => !attached && processes > 0)
        .map(({ unit }) =>
          problem(
            `"${unit}" is to be in "${ifname}", and runs outside`,
            `Start it again: ${restartCommand(unit ?? "")}`,
          )
        )
    ),
  ];
}

function lookAtBoundUnits() {
  const units = allBoundUnits();
  const names = new Set(units.map(({ unit }) => unit));
  const complaints = [
    ...lookAtEach(units, complaintsAbout),
    ...UNIT_FOLDERS.flatMap(linkedUnitsIn).filter(({ unit }) =>
      !names.has(unit)
    )
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
  const { unit, ifname, instance, folder } = bound;
  const unitName = parseUnitName(unit);
  const state = loadStateOf(unitName);
  const complaints: Complaint[] = state === "loaded"
    ? complaintsAboutSettings(bound, unitName)
    : [problem(
      `"${unit}" is bound to "${ifname}", and is ${state}`,
      `Take the drop-in out: denovrf unbind ${shellWord(unit)}`,
    )];
  const texts = dropInTexts(bound, unitName.section);
  for (const [name, text] of Object.entries(texts)) {
    const path = dropInPath(folder, unit, name);
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
  const { unit, ifname, folder } = bound;
  const isLinked = linkedUnitsIn(folder)
    .some((linked) => linked.unit === unit && linked.ifname === ifname);
  return [
    ...isLinked === comesWithVrf(unitName) ? [] : [warning(
      isLinked
        ? `"${unit}" comes with "${ifname}", and something else starts it`
        : `"${unit}" does not come with "${ifname}", and nothing else starts it`,
      `Write it again: ${bindCommand(bound)}`,
    )],
  ];
}

function restartCommand(unit: string): string {
  return `systemctl restart ${shellWord(unit)}`;
}
