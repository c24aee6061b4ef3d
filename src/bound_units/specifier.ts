/**
 * Specifiers in the place of a VRF: a unit, or each instance of a template, is
 * in the VRF of its own name. See "Specifiers" and "String Escaping for
 * Inclusion in Unit Names" in systemd.unit(5).
 */

import { ifnameOfInstance } from "./instance.ts";
import { UsageError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { namesOfDropIns } from "../systemd/unit_name.ts";

/** A specifier: where it is in the name of a unit, and what unescapes it. */
interface Specifier {
  readonly pattern: RegExp;
  readonly unescaped: string;
}

const SPECIFIERS: Readonly<Record<string, Specifier>> = {
  /** The name of the instance. */
  "%i": { pattern: /@(.+)\.\w+$/, unescaped: "%I" },
  /** What is between the last dash of the name before "@" and its end. */
  "%j": { pattern: /^(?:[^@]*-)?([^@]+?)(?:@.*)?\.\w+$/, unescaped: "%J" },
};

/** Whether what a unit is bound to is a specifier, and no interface. */
export function isSpecifier(vrf: string): boolean {
  return Object.hasOwn(SPECIFIERS, vrf);
}

/** The specifier for the same with the escaping undone, as paths have it. */
export function unescaped(specifier: string): string {
  return SPECIFIERS[specifier]?.unescaped ?? specifier;
}

/**
 * The VRF in which a unit is, if it is bound to `vrf`.
 *
 * @param vrf An interface, or a specifier.
 * @returns `undefined` if a specifier names no interface there: systemd reads
 * a "-" that is not escaped as "/".
 */
export function vrfOfUnit(unit: string, vrf: string): string | undefined {
  const specifier = SPECIFIERS[vrf];
  if (specifier === undefined) return vrf;
  const escaped = specifier.pattern.exec(unit)?.[1];
  if (escaped === undefined || escaped.includes("-")) return undefined;
  return ifnameOfInstance(escaped);
}

/**
 * The VRF in which drop-ins put a unit: the first of those that apply to it.
 *
 * @param boundTo What the drop-ins by a name bind to: an interface, or a
 * specifier.
 */
export function vrfByDropIns(
  unit: string,
  boundTo: (name: string) => string | undefined,
): string | undefined {
  const vrf = namesOfDropIns(unit).map(boundTo)
    .find((vrf) => vrf !== undefined);
  return vrf === undefined ? undefined : vrfOfUnit(unit, vrf);
}

/**
 * Refuses what looks like a specifier and cannot name a VRF.
 *
 * @param unit The name of the unit that is to be bound.
 * @throws {UsageError}
 */
export function assertSpecifier(vrf: string, unit: string): void {
  if (!isSpecifier(vrf)) {
    throw new UsageError(`Cannot use ${quote(vrf)} as a VRF`, {
      remedy: "Of systemd's specifiers, use %i or %j",
    });
  }
  if (vrf === "%i" && !unit.includes("@")) {
    throw new UsageError(
      `Cannot use "%i" as a VRF: ${quote(unit)} is no template`,
    );
  }
}
