/** A check of the name servers that bound units have. */

import { allBoundUnits, type BoundUnit } from "../bound_units/bound_units.ts";
import { hasOwnFiles, resolvConfOfVrf } from "../bound_units/resolv_conf.ts";
import { isSpecifier } from "../bound_units/specifier.ts";
import { bindCommand } from "./bind_command.ts";
import {
  lookAtEach,
  type Problem,
  problem,
  type Result,
  warning,
} from "./check.ts";
import { quote } from "../messages/quote.ts";
import { exists, readTextIfExists } from "../os/files.ts";
import { parseUnitName } from "../systemd/unit_name.ts";

export function lookAtNameServers(): Result {
  const units = allBoundUnits();
  const problems = lookAtEach(units, problemsOf);
  if (problems.length > 0) return problems;
  const own = units.filter(({ resolvConf }) => resolvConf !== undefined);
  const state = `units with their own: ${own.length}`;
  return asksResolved()
    ? `${state}; these do not see systemd-resolved, which nss-resolve would ask`
    : state;
}

function problemsOf(bound: BoundUnit): Problem[] {
  const { unit, ifname, resolvConf: file } = bound;
  // With a specifier, each instance has another one.
  if (isSpecifier(ifname)) return [];
  const ofVrf = resolvConfOfVrf(ifname);
  const name = quote(unit);
  if (file !== undefined && !exists(file)) {
    return [problem(
      `${name} should use ${quote(file)} as resolv.conf, which does not exist`,
      `Create it, or bind the unit to another: ${bindCommand(bound)}`,
    )];
  }
  const { section } = parseUnitName(unit);
  if (file === undefined && hasOwnFiles(section) && exists(ofVrf)) {
    return [warning(
      `${name} uses the host's name servers instead of those of ${
        quote(ofVrf)
      }`,
      `Bind it again: ${bindCommand(bound)}`,
    )];
  }
  return [];
}

/** Whether the C library asks nss-resolve for names; see nsswitch.conf(5). */
function asksResolved(): boolean {
  return /^\s*hosts:.*\bresolve\b/m.test(
    readTextIfExists("/etc/nsswitch.conf") ?? "",
  );
}
