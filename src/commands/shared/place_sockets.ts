/** The socket units of a service that is bound. */

import {
  type Plan,
  planBinding,
  type WantedBinding,
} from "../../bound_units/bind.ts";
import { type ServiceSocket, socketsOf } from "../../bound_units/sockets.ts";
import { isSpecifier, vrfOfUnit } from "../../bound_units/specifier.ts";
import { UserError } from "../../messages/errors.ts";
import { note } from "../../messages/note.ts";
import { quote } from "../../messages/quote.ts";
import { shellWord } from "../../messages/shell_word.ts";
import type { UnitName } from "../../systemd/unit_name.ts";

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
      ...{ ifname: vrf, resolvConf: undefined, boundWith: service.name },
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
