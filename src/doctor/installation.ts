/** Checks of what denovrf itself has installed, pinned and written. */

import { holdPins } from "../kernel/hold_pins.ts";
import { unfinishedPins } from "../kernel/pins.ts";
import {
  allBoundUnits,
  allLinkedUnits,
  type LinkedUnit,
} from "../bound_units/bound_units.ts";
import { instanceFor, lastIfindex } from "../bound_units/instance.ts";
import { problemsOfBindings } from "./binding_rules.ts";
import { problemsOfBoundUnit, PROPERTIES } from "./bound_unit_rules.ts";
import {
  type Check,
  lookAtEach,
  NOT_BOOTED,
  type Problem,
  problem,
  warning,
} from "./check.ts";
import { lookAtRoutes } from "./filter.ts";
import { survey } from "../inspect/survey.ts";
import { executableOfUnits, faultOfExecutable } from "../install/executable.ts";
import { installedFiles, LOCAL, PACKAGED } from "../install/units.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { exists, readTextIfExists } from "../os/files.ts";
import { isBooted, showUnits } from "../systemd/systemctl.ts";
import { exampleOf, namesOfDropIns } from "../systemd/unit_name.ts";

const INSTALL = "Install them: denovrf install";

const INSTALL_PACKAGE = "Install the package again";

export const INSTALLATION_CHECKS: readonly Check[] = [
  { name: "units", look: () => isBooted() ? lookAtUnits() : NOT_BOOTED },
  { name: "pins", look: lookAtPins },
  { name: "bindings", look: lookAtBindings },
  { name: "routes", look: lookAtRoutes },
  { name: "bound units", look: () => isBooted() ? lookAtBoundUnits() : "none" },
];

function lookAtUnits() {
  const packaged = executableOfUnits(PACKAGED);
  const executable = packaged ?? executableOfUnits(LOCAL);
  if (executable === undefined) {
    return [problem("Not installed", INSTALL)];
  }
  const [place, remedy] = packaged === undefined
    ? [LOCAL, INSTALL]
    : [PACKAGED, INSTALL_PACKAGE];
  const fault = faultOfExecutable(executable);
  const changed = installedFiles(executable, place)
    .filter(({ path, text }) => readTextIfExists(path) !== text)
    .map(({ path }) =>
      problem(
        `${quote(path)} is missing, modified or from another version`,
        remedy,
      )
    );
  return [
    ...fault === undefined
      ? []
      : [problem(`The units run ${quote(executable)}, but ${fault}`, remedy)],
    ...changed,
    ...place === PACKAGED ? lookAtHiding() : [],
  ];
}

/** What is in the place of a package's files. */
function lookAtHiding() {
  return installedFiles("/").map(({ path }) => path).filter(exists)
    .map((path) =>
      problem(
        `${quote(path)} hides what a package has installed`,
        "Leave it to the package: denovrf install",
      )
    );
}

function lookAtPins() {
  using _held = holdPins();
  return unfinishedPins().map((path) =>
    warning(
      `${quote(path)} was left by an interrupted start`,
      `Remove it: rm ${shellWord(path)}`,
    )
  );
}

function lookAtBindings() {
  return problemsOfBindings(
    survey(),
    new Map(
      allBoundUnits().map(({ ifname }) => [
        ifname,
        { lastIfindex: lastIfindex(ifname) },
      ]),
    ),
  );
}

function lookAtBoundUnits() {
  const units = allBoundUnits();
  const linked = allLinkedUnits();
  const names = new Set(units.map(({ unit }) => unit));
  const show = showUnits(
    [
      ...new Set(
        units.flatMap(({ unit, ifname }) => [unit, instanceFor(ifname)]),
      ),
    ].map((name) => exampleOf({ name })),
    PROPERTIES,
  );
  const problems = [
    ...lookAtEach(units, (bound) => problemsOfBoundUnit(bound, linked, show)),
    ...linked
      .filter(({ unit }) =>
        !namesOfDropIns(unit).some((name) => names.has(name))
      )
      .map(withoutDropIn),
  ];
  return problems.length > 0 ? problems : `${units.length}`;
}

function withoutDropIn({ unit, ifname }: LinkedUnit): Problem {
  const [unitWord, vrfWord] = [shellWord(unit), shellWord(ifname)];
  return problem(
    `${quote(unit)} is started with ${quote(ifname)}, but its drop-in is gone`,
    `Bind it: denovrf bind ${unitWord} ${vrfWord}; or take it out: denovrf unbind ${unitWord}`,
  );
}
