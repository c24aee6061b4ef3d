/** Checks of what denovrf itself has installed, pinned and written. */

import { holdPins } from "../kernel/hold_pins.ts";
import { unfinishedPins } from "../kernel/pins.ts";
import { comesWithVrf } from "../bound_units/bindable.ts";
import {
  allBoundUnits,
  allLinkedUnits,
  type BoundUnit,
  dropInPath,
  type LinkedUnit,
} from "../bound_units/bound_units.ts";
import { dropInTexts } from "../bound_units/drop_in.ts";
import {
  lookAtUnit,
  PROPERTIES as PROPERTIES_OF_FINDINGS,
} from "../bound_units/findings.ts";
import { lastIfindex } from "../bound_units/instance.ts";
import { socketsOf } from "../bound_units/sockets.ts";
import { isSpecifier } from "../bound_units/specifier.ts";
import { bindCommand } from "./bind_command.ts";
import { problemsOfBindings } from "./binding_rules.ts";
import {
  type Check,
  lookAtEach,
  NOT_BOOTED,
  type Problem,
  problem,
  warning,
} from "./check.ts";
import { lookAtLaterDropIns } from "./later_drop_ins.ts";
import { lookAtNameServers } from "./name_servers.ts";
import { survey } from "../inspect/survey.ts";
import { executableOfUnits, faultOfExecutable } from "../install/executable.ts";
import { installedFiles, LOCAL, PACKAGED } from "../install/units.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { exists, readTextIfExists } from "../os/files.ts";
import { isBooted, learnUnits, showUnit } from "../systemd/systemctl.ts";
import { loadStateOf } from "../systemd/unit.ts";
import {
  exampleOf,
  namesOfDropIns,
  parseUnitName,
  type UnitName,
} from "../systemd/unit_name.ts";

const INSTALL = "Install them: denovrf install";

const INSTALL_PACKAGE = "Install the package again";

export const INSTALLATION_CHECKS: readonly Check[] = [
  { name: "units", look: () => isBooted() ? lookAtUnits() : NOT_BOOTED },
  { name: "pins", look: lookAtPins },
  { name: "bindings", look: lookAtBindings },
  { name: "bound units", look: () => isBooted() ? lookAtBoundUnits() : "none" },
  { name: "name servers", look: lookAtNameServers },
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
      : [problem(`They run ${quote(executable)}, and ${fault}`, remedy)],
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
      allBoundUnits().map(({ ifname, instance }) => [
        ifname,
        { instance, lastIfindex: lastIfindex(instance) },
      ]),
    ),
  );
}

/** Each property that is asked of a bound unit, or of its denovrf@. */
const PROPERTIES = [
  ...["ActiveState", "DropInPaths", "LoadState", "RequiredBy", "TriggeredBy"],
  ...["UnitFileState", "WantedBy", ...PROPERTIES_OF_FINDINGS],
];

function lookAtBoundUnits() {
  const units = allBoundUnits();
  const linked = allLinkedUnits();
  const names = new Set(units.map(({ unit }) => unit));
  learnUnits(
    [...new Set(units.flatMap(({ unit, instance }) => [unit, instance]))]
      .map((name) => exampleOf({ name })),
    ...PROPERTIES,
  );
  const problems = [
    ...lookAtEach(units, (bound) => problemsOf(bound, linked)),
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

function problemsOf(
  bound: BoundUnit,
  linked: readonly LinkedUnit[],
): Problem[] {
  const { unit, ifname, instance, directory } = bound;
  const unitName = parseUnitName(unit);
  const state = loadStateOf(unitName);
  const problems: Problem[] = state === "loaded"
    ? problemsOfSettings(bound, unitName, linked)
    : [problem(
      `${quote(unit)} is bound to ${quote(ifname)}, and is ${state}`,
      `Take the drop-in out: denovrf unbind ${shellWord(unit)}`,
    )];
  const texts = dropInTexts(bound, unitName.section);
  for (const [name, text] of Object.entries(texts)) {
    const path = dropInPath(directory, unit, name);
    if (readTextIfExists(path) === text) continue;
    problems.push(problem(
      `${quote(path)} differs from what denovrf bind writes`,
      `Rewrite it: ${bindCommand(bound)}`,
    ));
  }
  // With a specifier, each instance has another one.
  if (isSpecifier(ifname)) return problems;
  const properties = showUnit(instance, "ActiveState", "UnitFileState");
  if (properties.get("ActiveState") === "failed") {
    problems.push(problem(
      `${quote(instance)}, which ${quote(unit)} needs, has failed`,
      `See why: journalctl -u ${shellWord(instance)}`,
    ));
  }
  if (!properties.get("UnitFileState")?.startsWith("enabled")) {
    problems.push(problem(
      `${quote(instance)}, which ${quote(unit)} needs, is not enabled`,
      `Enable it: systemctl enable ${shellWord(instance)}`,
    ));
  }
  return problems;
}

/** What has changed in a unit since it was bound. */
function problemsOfSettings(
  bound: BoundUnit,
  unitName: UnitName,
  linked: readonly LinkedUnit[],
): Problem[] {
  const { unit, ifname, directory } = bound;
  const [name, vrf] = [quote(unit), quote(ifname)];
  const isLinked = linked.some((link) =>
    link.unit === unit && link.ifname === ifname &&
    link.path.startsWith(`${directory}/`)
  );
  const found = lookAtUnit(unitName, ifname)
    .map(({ message, remedy, isContradiction }) =>
      isContradiction ? problem(message, remedy) : warning(message, remedy)
    );
  const sockets = bound.withoutSockets ? [] : socketsOf(unitName)
    .filter((socket) => socket.ifname === undefined);
  return [
    ...found,
    ...lookAtLaterDropIns(bound, unitName),
    ...sockets.map((socket) =>
      problem(
        `${
          quote(socket.unit.name)
        }, which is not bound, opens the sockets of ${name}`,
        `Bind it too: ${bindCommand(bound)}; or say that it is meant: ${
          bindCommand({ ...bound, withoutSockets: true })
        }`,
      )
    ),
    ...isLinked === comesWithVrf(unitName) ? [] : [warning(
      isLinked
        ? `${name} is started with ${vrf}, although something else starts it`
        : `${name} is not started with ${vrf}, and nothing else starts it`,
      `Rewrite it: ${bindCommand(bound)}`,
    )],
  ];
}
