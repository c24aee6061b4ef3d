/** The drop-in that binds a unit: its text, and what a text says. */

import { instanceFor } from "./instance.ts";
import { faultOfPath, resolvConfSettings } from "./resolv_conf.ts";
import { bpfProgramSetting } from "./settings.ts";
import { isSpecifier, unescaped } from "./specifier.ts";
import { faultOfIfname } from "../iproute2/ifname.ts";
import type { Mode } from "../programs/modes.ts";
import { isUnitName, type Section } from "../systemd/unit_name.ts";

/** A unit's binding, as its drop-in states it. */
export interface DropIn {
  /** The interface, or a specifier that names it. */
  readonly ifname: string;
  /** Whether the unit keeps running when the interface is recreated. */
  readonly follow: boolean;
  /** Whether bind has enabled the instance, and unbind is to disable it. */
  readonly enabledInstance: boolean;
  readonly mode: Mode;
  /** The path of the unit's own resolv.conf, if it has one. */
  readonly resolvConf: string | undefined;
  /** Whether a service's sockets may come from elsewhere, as a person said. */
  readonly withoutSockets: boolean;
  /** The service with which bind has bound a socket unit that nobody named. */
  readonly boundWith: string | undefined;
}

/** The name of the drop-in in the directory of its unit. */
export const DROP_IN_NAME = "50-denovrf.conf";

/** The second drop-in of a locked unit; it must sort last. */
export const LOCK_DROP_IN_NAME = "zz-denovrf-lock.conf";

/** How the line begins that states what the drop-in is. */
const STATEMENT = "# denovrf: ";

/**
 * Makes the unit's cgroup and attaches to it, before systemd starts anything
 * in there; see units/denovrf-attach@.service.
 */
const ATTACH = "denovrf-attach@%n.service";

/**
 * Everything that a unit has from bind: texts by the names of drop-ins, with
 * `undefined` for those that it has not.
 *
 * @param section The section that fits the unit's type, such as `Service`.
 */
export function dropInTexts(
  dropIn: DropIn,
  section: Section,
): Readonly<Record<string, string | undefined>> {
  return {
    [DROP_IN_NAME]: dropInText(dropIn, section),
    [LOCK_DROP_IN_NAME]: dropIn.mode.lock ? lockDropInText(section) : undefined,
  };
}

/** The text of the drop-in that every bound unit has. */
export function dropInText(dropIn: DropIn, section: Section): string {
  const { ifname, follow, mode, resolvConf } = dropIn;
  const [instance, program] = isSpecifier(ifname)
    ? [`denovrf@${ifname}.service`, bpfProgramSetting(unescaped(ifname), mode)]
    : [
      instanceFor(ifname),
      bpfProgramSetting(ifname, mode).replaceAll("%", "%%"),
    ];
  return [
    "# Written by denovrf bind, removed by denovrf unbind",
    STATEMENT + statementOf(dropIn),
    "[Unit]",
    ...follow
      ? [`Wants=${instance}`, `Requires=${ATTACH}`]
      : [`Requires=${instance} ${ATTACH}`],
    `After=${instance} ${ATTACH}`,
    // systemd starts the unit unbound if the program is missing.
    `AssertPathExists=${program.slice(program.indexOf(":") + 1)}`,
    "",
    `[${section}]`,
    program,
    ...resolvConf === undefined ? [] : resolvConfSettings(resolvConf),
    "",
  ].join("\n");
}

/**
 * The text of the second drop-in of a locked unit; `undefined` if it needs
 * none.
 *
 * @param section The section that fits the unit's type.
 */
export function lockDropInText(section: Section): string | undefined {
  const setting = lockSetting(section);
  if (setting === undefined) return undefined;
  return [
    "# Written by denovrf bind --lock; comes last, to take from lists",
    `[${section}]`,
    setting,
    "",
  ].join("\n");
}

/** What the line of the statement says, as one line of JSON. */
function statementOf(dropIn: DropIn): string {
  const { ifname, follow, enabledInstance, mode } = dropIn;
  return JSON.stringify({
    ifname,
    follow,
    enabled: enabledInstance,
    ...mode.open ? { open: true } : {},
    loopback: mode.loopback,
    lock: mode.lock,
    resolvConf: dropIn.resolvConf ?? null,
    ...dropIn.withoutSockets ? { withoutSockets: true } : {},
    ...dropIn.boundWith === undefined ? {} : { boundWith: dropIn.boundWith },
  });
}

/**
 * Reads a drop-in.
 *
 * @returns `undefined` if bind has not written what it states: what follows
 * from it is done as root.
 */
export function parseDropIn(text: string): DropIn | undefined {
  const line = text.split("\n").find((line) => line.startsWith(STATEMENT));
  if (line === undefined) return undefined;
  const json = line.slice(STATEMENT.length);
  const dropIn = parseStatement(json);
  return dropIn !== undefined && isSound(dropIn) && statementOf(dropIn) === json
    ? dropIn
    : undefined;
}

/** What a statement says, if it is one of bind's. */
function parseStatement(json: string): DropIn | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const stated: Partial<Record<string, unknown>> = { ...value };
  return {
    ifname: textOf(stated["ifname"]) ?? "",
    follow: stated["follow"] === true,
    enabledInstance: stated["enabled"] === true,
    mode: {
      open: stated["open"] === true,
      loopback: stated["loopback"] === true,
      lock: stated["lock"] === true,
    },
    resolvConf: textOf(stated["resolvConf"]),
    withoutSockets: stated["withoutSockets"] === true,
    boundWith: textOf(stated["boundWith"]),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Whether the mode exists, and every name and path is what bind would take. */
function isSound({ ifname, mode, resolvConf, boundWith }: DropIn): boolean {
  const isTemplate = isSpecifier(ifname);
  return !(mode.open && (mode.loopback || mode.lock)) &&
    (isTemplate || faultOfIfname(ifname) === undefined) &&
    (resolvConf === undefined ||
      faultOfPath(resolvConf, isTemplate) === undefined) &&
    (boundWith === undefined || isUnitName(boundWith));
}

/**
 * Families whose packets leave past every program. All of them take privileges,
 * or a module.
 */
const FAMILIES = ["AF_PACKET", "AF_RDS", "AF_TIPC", "AF_XDP"];

/**
 * The setting for a unit of a section; `undefined` for a slice, which runs
 * nothing. It takes from whatever else the unit may use, if it comes last: the
 * first assignment decides whether a list says what is allowed or what is not.
 *
 * There is none against io_uring, which makes sockets unseen by this one: what
 * SystemCallFilter= takes from a list of allowed calls, the unit is killed for,
 * and with an errno instead, it does not start (seen with 257).
 */
export function lockSetting(section: Section): string | undefined {
  return section === "Slice"
    ? undefined
    : `RestrictAddressFamilies=~${FAMILIES.join(" ")}`;
}
