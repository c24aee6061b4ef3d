/** The socket units that hand a service its sockets. */

import { readDropIn } from "./bound_units.ts";
import { vrfByDropIns } from "./specifier.ts";
import { UNIT_FOLDERS } from "./unit_folder.ts";
import { showUnit } from "../systemd/systemctl.ts";
import { triggeredBy } from "../systemd/unit.ts";
import {
  parseUnitName,
  type UnitName,
  unitNames,
} from "../systemd/unit_name.ts";

/** A socket unit, as far as it matters to a service. */
export interface ServiceSocket {
  readonly unit: UnitName;
  /** The VRF that it is bound to; `undefined` if it is not bound. */
  readonly ifname: string | undefined;
  /** Whether it hands sockets to other services too. */
  readonly isShared: boolean;
}

/** What systemctl shows of a socket that is bound to a port. */
const IP = /(?:^| )(?:\[[^\]]*\]|[\d.]+):\d+ \((?:Stream|Datagram)\)/;

/** The socket units in use, of IP, that start a service, and hand it its sockets. */
export function socketsOf(service: UnitName): ServiceSocket[] {
  return namesOfSockets(service).flatMap((name) => {
    const properties = showUnit(
      name,
      ...["ActiveState", "Listen", "Triggers", "UnitFileState"],
    );
    const isUsed = properties.get("ActiveState") !== "inactive" ||
      properties.get("UnitFileState")?.startsWith("enabled");
    if (!isUsed || !IP.test(properties.get("Listen") ?? "")) return [];
    const others = unitNames(properties.get("Triggers") ?? "")
      .filter((triggered) => triggered !== service.name);
    return [{
      unit: parseUnitName(name),
      ifname: vrfOf(name),
      isShared: !service.isTemplate && others.length > 0,
    }];
  });
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
  const accepts = showUnit(socket, "Accept").get("Accept") === "yes";
  return accepts ? [socket] : [];
}

/** The VRF that a unit is bound to, by whatever drop-in. */
export function vrfOf(unit: string): string | undefined {
  return vrfByDropIns(
    unit,
    (name) =>
      UNIT_FOLDERS.map((folder) => readDropIn(folder, name))
        .find((dropIn) => dropIn !== undefined)?.ifname,
  );
}
