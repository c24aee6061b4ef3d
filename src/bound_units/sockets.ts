/** The socket units that hand a service its sockets. */

import { allBoundUnits, readDropIn, UNIT_DIRECTORIES } from "./bound_units.ts";
import { isSpecifier, vrfByDropIns, vrfOfUnit } from "./specifier.ts";
import { enablementOf, type ShowUnit, showUnit } from "../systemd/systemctl.ts";
import { triggeredBy } from "../systemd/unit.ts";
import {
  exampleOf,
  parseUnitName,
  type UnitName,
  unitNames,
} from "../systemd/unit_name.ts";
import { type Plan, planBinding, type WantedBinding } from "./bind.ts";
import { UserError } from "../messages/errors.ts";
import { note } from "../messages/print.ts";
import { quote, shellWord } from "../messages/quote.ts";

/** A socket unit, as far as it matters to a service. */
export interface ServiceSocket {
  readonly unit: UnitName;
  /**
   * The VRF that it is bound to; of a template, a specifier if that names the
   * VRF of each instance; `undefined` if it is not bound.
   */
  readonly ifname: string | undefined;
  /** The service with which it was bound, if nobody has bound it by its name. */
  readonly boundWith: string | undefined;
  /** Whether it hands sockets to other services too. */
  readonly isShared: boolean;
}

/** What systemctl shows of a socket that is bound to a port. */
const IP = /(?:^| )(?:\[[^\]]*\]|[\d.]+):\d+ \((?:Stream|Datagram)\)/;

/** The socket units in use, of IP, that start a service, and hand it its sockets. */
export function socketsOf(
  service: UnitName,
  show: ShowUnit = showUnit,
): ServiceSocket[] {
  return namesOfSockets(service, show).map(parseUnitName).flatMap((unit) => {
    const properties = show(exampleOf(unit), [
      "ActiveState",
      "Listen",
      "Triggers",
      "UnitFileState",
    ]);
    // Of a template, nobody can tell which instances will be.
    const isUsed = unit.isTemplate ||
      properties.get("ActiveState") !== "inactive" ||
      properties.get("UnitFileState")?.startsWith("enabled");
    if (!isUsed || !IP.test(properties.get("Listen") ?? "")) return [];
    const others = unitNames(properties.get("Triggers") ?? "")
      .filter((triggered) => triggered !== service.name);
    const { name } = unit;
    return [{
      unit,
      ifname: vrfByDropIns(name, boundTo) ?? boundTo(name),
      boundWith: dropInOf(name)?.boundWith,
      isShared: !service.isTemplate && others.length > 0,
    }];
  });
}

/**
 * The socket units that bind has bound with a service, and nobody else since.
 *
 * @param names Those of the service.
 */
export function socketsBoundWith(...names: readonly UnitName[]): UnitName[] {
  return allBoundUnits()
    .filter(({ boundWith }) => names.some(({ name }) => name === boundWith))
    .map(({ unit }) => parseUnitName(unit));
}

/** The services that a socket unit starts, and hands its sockets. */
export function servicesOf(socket: UnitName): UnitName[] {
  if (socket.section !== "Socket" || socket.isTemplate) return [];
  return triggeredBy(socket.name).map(parseUnitName);
}

function namesOfSockets(
  { name, section, isTemplate }: UnitName,
  show: ShowUnit,
): string[] {
  if (section !== "Service") return [];
  if (!isTemplate) {
    return unitNames(show(name, ["TriggeredBy"]).get("TriggeredBy") ?? "")
      .filter((trigger) => trigger.endsWith(".socket"));
  }
  // Each connection to a socket unit with Accept=yes gets an instance.
  const socket = name.replace("@.service", ".socket");
  const sockets = name.replace("@.service", "@.socket");
  return [
    ...show(socket, ["Accept"]).get("Accept") === "yes" ? [socket] : [],
    ...enablementOf(sockets) === "" ? [] : [sockets],
  ];
}

/** What a unit is bound to by that very name: an interface, or a specifier. */
function boundTo(unit: string): string | undefined {
  return dropInOf(unit)?.ifname;
}

/** What bind has written for a unit by that very name. */
function dropInOf(unit: string): ReturnType<typeof readDropIn> {
  return UNIT_DIRECTORIES.map((directory) => readDropIn(directory, unit))
    .find((dropIn) => dropIn !== undefined);
}

/** A socket unit of a service that is bound, and what becomes of it. */
export interface PlacedSocket extends ServiceSocket {
  readonly service: UnitName;
  /** The VRF in which the service's sockets are to be. */
  readonly vrf: string;
  /** How it is bound with the service; `undefined` if it is left alone. */
  readonly plan: Plan | undefined;
  /** Whether it is in the VRF when the service is bound. */
  readonly isInVrf: boolean;
}

/**
 * Decides on the socket units that hand a service its sockets: each is bound
 * with the service, unless somebody has bound it by its name, or it hands
 * sockets to other services too.
 *
 * @throws {UserError} If one cannot be bound.
 */
export function placeSockets(
  service: UnitName,
  wanted: WantedBinding,
): PlacedSocket[] {
  return socketsOf(service).map((socket) => place(socket, service, wanted));
}

function place(
  socket: ServiceSocket,
  service: UnitName,
  wanted: WantedBinding,
): PlacedSocket {
  const { unit, ifname, boundWith, isShared } = socket;
  const vrf = vrfOfSocket(unit, service, wanted.ifname);
  const isOurs = boundWith === service.name ||
    (ifname === undefined && !isShared);
  const plan = isOurs
    ? planBinding(unit, {
      ...wanted,
      ifname: vrf,
      resolvConf: undefined,
      boundWith: service.name,
    })
    : undefined;
  const isInVrf = isOurs || ifname === (vrfOfUnit(unit.name, vrf) ?? vrf);
  return { ...socket, service, vrf, plan, isInVrf };
}

/**
 * What a socket unit is bound to with its service.
 *
 * @param vrf What the service is bound to: an interface, or a specifier.
 */
function vrfOfSocket(socket: UnitName, service: UnitName, vrf: string): string {
  // Both templates have the same instances.
  if (!isSpecifier(vrf) || socket.isTemplate) return vrf;
  const ifname = vrfOfUnit(service.name, vrf);
  if (ifname !== undefined) return ifname;
  throw new UserError(
    `Cannot bind ${quote(service.name)} to ${
      quote(vrf)
    }: its instances are connections to ${quote(socket.name)}`,
    { remedy: "Name the VRF" },
  );
}

/** Says what a person may not expect of a socket unit. */
export function noteOn(
  { unit, service, ifname, vrf, plan, isInVrf }: PlacedSocket,
): void {
  const name = quote(unit.name);
  const bind = `denovrf bind ${shellWord(unit.name)} ${shellWord(vrf)}`;
  if (plan !== undefined) {
    if (ifname !== undefined) return;
    note(
      `${name} opens the sockets of ${quote(service.name)}, and is bound too`,
    );
  } else if (ifname === undefined) {
    note(
      `${name} opens sockets for other services too, and is not bound`,
      `To bind it: ${bind}`,
    );
  } else if (!isInVrf) {
    note(
      `${name} is bound to ${quote(ifname)}, and stays there`,
      `To move it: ${bind}`,
    );
  }
}
