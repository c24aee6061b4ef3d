/** Binds a unit to a VRF. */

import {
  bindUnits,
  type Plan,
  planBinding,
  type WantedBinding,
} from "../bound_units/bind.ts";
import { type ServiceSocket, socketsOf } from "../bound_units/sockets.ts";
import {
  assertSpecifier,
  isSpecifier,
  vrfOfUnit,
} from "../bound_units/specifier.ts";
import { ETC, RUN } from "../bound_units/unit_folder.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { noteUnlessVrf } from "./shared/note_unless_vrf.ts";
import { orShowJournal } from "./shared/or_show_journal.ts";
import {
  groupOf,
  howToRestartGroup,
  restartGroup,
} from "./shared/restart_group.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { findNetdev } from "../iproute2/netdev.ts";
import { UserError } from "../messages/errors.ts";
import { note } from "../messages/note.ts";
import { print } from "../messages/print.ts";
import { whileSaying } from "../messages/progress.ts";
import { quote } from "../messages/quote.ts";
import { shellWord } from "../messages/shell_word.ts";
import { assertRestartable } from "../systemd/unit.ts";
import { parseUnitName, type UnitName } from "../systemd/unit_name.ts";

/** `denovrf bind` */
export function run({ operands, flags, values }: Arguments): number {
  const [text = "", ifname = ""] = operands;
  const named = parseUnitName(text);
  if (flags.has("now")) assertRestartable(named);
  if (ifname.startsWith("%")) assertSpecifier(ifname, named.name);
  else if (flags.has("force")) assertIfname(ifname);
  else noteUnlessVrf(findNetdev(ifname));
  const wanted = {
    ifname,
    mode: modeFrom(flags),
    follow: flags.has("follow"),
    resolvConf: values.get("resolv-conf"),
    folder: flags.has("runtime") ? RUN : ETC,
    withoutSockets: flags.has("without-sockets"),
    boundWith: undefined,
    isForced: flags.has("force"),
  };
  const plan = planBinding(named, wanted);
  const sockets = wanted.withoutSockets
    ? []
    : socketsOf(plan.unit).map((socket) => placeOf(socket, plan.unit, wanted));
  const plans = [plan, ...sockets.flatMap(({ plan }) => plan ?? [])];
  const paths = bindUnits(plans);
  for (const [at, each] of plans.entries()) {
    sayWhatIsBound(each, paths[at] ?? []);
  }
  for (const socket of sockets) noteOn(socket, plan.unit);
  const group = groupOf(
    plan.unit,
    sockets.filter(({ isInVrf }) => isInVrf).map(({ unit }) => unit),
  );
  if (flags.has("now")) {
    orShowJournal(
      plan.unit,
      () =>
        whileSaying(`Restarting ${plan.unit.name}`, () => restartGroup(group)),
    );
  } else print(`To apply this: ${howToRestartGroup(group)}`);
  return 0;
}

function sayWhatIsBound(
  { unit, before, found, dropIn: { ifname } }: Plan,
  paths: readonly string[],
): void {
  if (before !== undefined && before.ifname !== ifname) {
    note(`${quote(unit.name)} was bound to ${quote(before.ifname)}`);
  }
  for (const { message, remedy } of found) note(message, remedy);
  for (const path of paths) print(path);
}

/** A socket unit of a service that is bound, and what becomes of it. */
interface PlacedSocket extends ServiceSocket {
  /** The VRF in which the service's sockets are to be. */
  readonly vrf: string;
  /** How it is bound with the service; `undefined` if it is left alone. */
  readonly plan: Plan | undefined;
  /** Whether it is in the VRF when the service is bound. */
  readonly isInVrf: boolean;
}

/**
 * Decides on a socket unit that hands a service its sockets: it is bound with
 * the service, unless somebody has bound it by its name, or it hands sockets to
 * other services too.
 *
 * @throws {UserError} If it cannot be bound.
 */
function placeOf(
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
  return { ...socket, vrf, plan, isInVrf: isOurs || ifname === vrf };
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
function noteOn(
  { unit, ifname, vrf, plan, isInVrf }: PlacedSocket,
  service: UnitName,
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
