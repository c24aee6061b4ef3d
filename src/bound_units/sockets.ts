/** The socket units that hand a service its sockets. */

import { allBoundUnits, readDropIn } from "./bound_units.ts";
import { vrfByDropIns } from "./specifier.ts";
import { UNIT_FOLDERS } from "./unit_folder.ts";
import { enablementOf, showUnit } from "../systemd/systemctl.ts";
import { triggeredBy } from "../systemd/unit.ts";
import {
  exampleOf,
  parseUnitName,
  type UnitName,
  unitNames,
} from "../systemd/unit_name.ts";

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
export function socketsOf(service: UnitName): ServiceSocket[] {
  return namesOfSockets(service).map(parseUnitName).flatMap((unit) => {
    const properties = showUnit(
      exampleOf(unit),
      ...["ActiveState", "Listen", "Triggers", "UnitFileState"],
    );
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

function namesOfSockets({ name, section, isTemplate }: UnitName): string[] {
  if (section !== "Service") return [];
  if (!isTemplate) {
    return unitNames(showUnit(name, "TriggeredBy").get("TriggeredBy") ?? "")
      .filter((trigger) => trigger.endsWith(".socket"));
  }
  // Each connection to a socket unit with Accept=yes gets an instance.
  const socket = name.replace("@.service", ".socket");
  const sockets = name.replace("@.service", "@.socket");
  return [
    ...showUnit(socket, "Accept").get("Accept") === "yes" ? [socket] : [],
    ...enablementOf(sockets) === "" ? [] : [sockets],
  ];
}

/** What a unit is bound to by that very name: an interface, or a specifier. */
function boundTo(unit: string): string | undefined {
  return dropInOf(unit)?.ifname;
}

/** What bind has written for a unit by that very name. */
function dropInOf(unit: string): ReturnType<typeof readDropIn> {
  return UNIT_FOLDERS.map((folder) => readDropIn(folder, unit))
    .find((dropIn) => dropIn !== undefined);
}
