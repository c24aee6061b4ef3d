/** Names of units; see systemd.unit(5). */

import { UsageError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";

/** The section of a unit's file in which `BPFProgram=` stands. */
export type Section = "Service" | "Socket" | "Slice" | "Mount" | "Swap";

/** Types of units that are a cgroup, by suffix. */
const SECTIONS: Readonly<Record<string, Section>> = {
  service: "Service",
  socket: "Socket",
  slice: "Slice",
  mount: "Mount",
  swap: "Swap",
};

/** Types that systemd has besides, which cannot be bound to anything. */
const OTHER_TYPES = ["automount", "device", "path", "scope", "target", "timer"];

/** The name of a unit that can be bound to a VRF. */
export interface UnitName {
  /** Whole, such as `nginx.service`. */
  readonly name: string;
  readonly section: Section;
  /** Whether it is a template, such as `getty@.service`. */
  readonly isTemplate: boolean;
  /**
   * Whether it stands for all whose names begin so, as `user-.slice` does; see
   * systemd.unit(5) on names with dashes.
   */
  readonly isPrefix: boolean;
}

/**
 * The names in a property of systemctl show, which quotes those that hold a
 * backslash, and doubles that.
 */
export function unitNames(property: string): string[] {
  return [...property.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)]
    .map(([, quoted, plain]) => quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "");
}

/** The template of an instance; any other unit is its own. */
export function templateOf(unit: string): string {
  return unit.replace(/@.+(?=\.\w+$)/, "@");
}

/** An instance that stands for all of a template; any other unit is its own. */
export function exampleOf({ name }: Pick<UnitName, "name">): string {
  return name.replace("@.", "@denovrf.");
}

/** The pattern of a template's instances; any other unit is its own. */
export function orInstances(unit: string): string {
  return unit.replace("@.", "@*.");
}

/**
 * The names by which a drop-in applies to a unit: its own, its template's, and
 * those that end with a dash; see systemd.unit(5).
 */
export function namesOfDropIns(unit: string): string[] {
  const suffix = unit.slice(unit.lastIndexOf("."));
  const stem = unit.slice(0, -suffix.length);
  const prefixes = [...stem.matchAll(/-(?!$)/g)]
    .map(({ index }) => stem.slice(0, index + 1) + suffix).reverse();
  return [unit, templateOf(unit), ...prefixes];
}

/**
 * Reads the name of a unit as a person types it: the suffix `.service` may be
 * left out.
 *
 * @throws {UsageError} If it is no name.
 */
export function wholeUnitName(text: string): string {
  const name = hasType(text) ? text : `${text}.service`;
  if (isUnitName(name)) return name;
  throw new UsageError(
    `Cannot use ${quote(text)} as the name of a unit`,
  );
}

/** Whether it is the whole name of a unit. */
export function isUnitName(name: string): boolean {
  return hasType(name) && /^[\w:\\@-][\w:.\\@-]{0,254}$/.test(name);
}

function hasType(name: string): boolean {
  return [...Object.keys(SECTIONS), ...OTHER_TYPES]
    .some((type) => name.endsWith(`.${type}`));
}

/**
 * Reads the name of a unit that is to be bound.
 *
 * @throws {UsageError} If it is no name, or of a type that cannot be bound.
 */
export function parseUnitName(text: string): UnitName {
  const name = wholeUnitName(text);
  const section = sectionOf(name);
  if (section === undefined) {
    throw new UsageError(
      `Cannot bind ${quote(name)}: a ${typeOf(name)} makes no sockets`,
      {
        remedy: `Bind a unit of type ${Object.keys(SECTIONS).join(", ")}`,
      },
    );
  }
  return {
    name,
    section,
    isTemplate: /@\.\w+$/.test(name),
    isPrefix: /^[^@]+-\.\w+$/.test(name),
  };
}

/** The section of a unit's file for what binds it; `undefined` for a type without. */
export function sectionOf(name: string): Section | undefined {
  return SECTIONS[typeOf(name)];
}

/** The type of a unit by its whole name, such as `service`. */
function typeOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
