/** The socket units that hand a service its sockets. */

import { dropInPath, readDropIn } from "./bound_units.ts";
import { UNIT_FOLDERS } from "./unit_folder.ts";
import { exists } from "../os/files.ts";
import { showUnit } from "../systemd/systemctl.ts";
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

/** The socket units in use that start a service, and hand it its sockets. */
export function socketsOf(service: UnitName): ServiceSocket[] {
  return namesOfSockets(service).flatMap((name) => {
    const properties = showUnit(
      name,
      ...["ActiveState", "Triggers", "UnitFileState"],
    );
    const isUsed = properties.get("ActiveState") === "active" ||
      properties.get("UnitFileState")?.startsWith("enabled");
    if (!isUsed) return [];
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
  return unitNames(showUnit(socket.name, "Triggers").get("Triggers") ?? "")
    .map(parseUnitName);
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
  return UNIT_FOLDERS.filter((folder) => exists(dropInPath(folder, unit)))
    .map((folder) => readDropIn(folder, unit)?.ifname)
    .find((ifname) => ifname !== undefined);
}
