/** What a unit has that a binding to a VRF does not go with. */

import { pinsIn } from "./settings.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { vrfOfUnit } from "./specifier.ts";
import { type ShowUnit, showUnit } from "../systemd/systemctl.ts";
import { exampleOf, type UnitName } from "../systemd/unit_name.ts";

/** Something that a person who binds a unit should know. */
export interface Finding {
  readonly message: string;
  readonly remedy: string;
  /** Whether its sockets would be in another VRF. */
  readonly isContradiction: boolean;
}

/** The properties of a unit that are looked at. */
export const PROPERTIES = [
  "BPFProgram",
  "BindNetworkInterface",
  "ExecStart",
  "NetworkNamespacePath",
  "PrivateNetwork",
  "Type",
];

/** File systems whose sockets the kernel makes. */
const NETWORK_FILE_SYSTEMS = /^(?:9p|afs|ceph|cifs|nfs4?|smb3)$/;

/** Types of interfaces that are tunnels, whose sockets the kernel makes. */
const TUNNELS =
  /^(?:bareudp|erspan|fou|geneve|gre|gretap|gtp|ip6gre|ip6gretap|ip6tnl|ipip|l2tp|sit|vxlan|wireguard)$/;

/** The verbs of wg(8) that set up a tunnel. */
const WG_VERBS = /^(?:addconf|set|setconf|syncconf)$/;

/** A unit that is bound to a VRF, or is to be. */
interface Subject {
  readonly unit: string;
  /** A property, as systemctl show prints it; "" if the unit does not have it. */
  readonly property: (name: string) => string;
  /** The command lines of its ExecStart=. */
  readonly commands: readonly string[];
  readonly ifname: string;
  /** The VRF to which it is bound already. */
  readonly before: string | undefined;
  /** The command that changes the unit. */
  readonly edit: string;
}

/** Finds what does not go with a binding, of one kind. */
type Rule = (subject: Subject) => Finding[];

const RULES: readonly Rule[] = [
  entersVrf,
  isInOtherNetns,
  hasOtherVrf,
  makesKernelSockets,
];

/**
 * What a unit has that does not go with a binding.
 *
 * @param properties Those of {@linkcode PROPERTIES}, as systemctl show prints
 * them.
 * @param ifname The VRF.
 * @param before The VRF to which the unit is bound already.
 */
export function findings(
  unit: string,
  properties: ReadonlyMap<string, string>,
  ifname: string,
  before?: string,
): Finding[] {
  const property = (name: string) => properties.get(name) ?? "";
  const commands = commandsIn(property("ExecStart"));
  const edit = `systemctl edit --full ${shellWord(unit)}`;
  const subject = { unit, property, commands, ifname, before, edit };
  return RULES.flatMap((rule) => rule(subject));
}

function entersVrf({ unit, commands, ifname, edit }: Subject): Finding[] {
  return commands.flatMap(entered).map((other) => ({
    message: `${quote(unit)} enters ${
      quote(other)
    } by itself, in its ExecStart=`,
    remedy: `Leave only the daemon in ExecStart=: ${edit}`,
    isContradiction: other !== ifname,
  }));
}

function isInOtherNetns(
  { unit, property, commands, edit }: Subject,
): Finding[] {
  const entersOne = /\bip\s+netns\s+exec\s/;
  return [
    ...commands.some((command) => entersOne.test(command))
      ? ["ip netns exec in ExecStart="]
      : [],
    ...property("PrivateNetwork") === "yes" ? ["PrivateNetwork="] : [],
    ...property("NetworkNamespacePath") === "" ? [] : ["NetworkNamespacePath="],
  ].map((setting) => ({
    message: `${
      quote(unit)
    } is in a network namespace of its own, where the VRF does not exist: ${setting}`,
    remedy: `Take it out: ${edit}; or do not bind the unit`,
    isContradiction: false,
  }));
}

function hasOtherVrf(
  { unit, property, ifname, before, edit }: Subject,
): Finding[] {
  const pins = pinsIn(property("BPFProgram").split(" "));
  const device = property("BindNetworkInterface");
  return [
    ...[...new Set(pins.map((pin) => pin.ifname))]
      .filter((other) => other !== ifname && other !== before)
      .map((other) => `a BPFProgram= of the VRF ${quote(other)}`),
    ...["", ifname].includes(device) ? [] : [`BindNetworkInterface=${device}`],
  ].map((setting) => ({
    message: `${quote(unit)} has ${setting}`,
    remedy: `Take it out: ${edit}`,
    isContradiction: true,
  }));
}

function makesKernelSockets({ unit, property, commands }: Subject): Finding[] {
  const makesThem = unit.startsWith("wg-quick@") ||
    commands.some(makesTunnel) ||
    (unit.endsWith(".mount") && NETWORK_FILE_SYSTEMS.test(property("Type")));
  return !makesThem ? [] : [{
    message: `${
      quote(unit)
    } has the kernel make sockets, which stay in the default VRF`,
    remedy:
      "Route them by a firewall mark, with a rule into the VRF's table: ip-rule(8)",
    isContradiction: false,
  }];
}

/** Whether a command line, which may be a shell's, makes a tunnel. */
function makesTunnel(command: string): boolean {
  const words = command.split(/[\s"'();&|]+/)
    .map((word) => word.slice(word.lastIndexOf("/") + 1));
  const has = (word: string, next: RegExp) =>
    words.some((each, at) => each === word && next.test(words[at + 1] ?? ""));
  return words.includes("wg-quick") || has("wg", WG_VERBS) ||
    (words.includes("ip") && (words.includes("l2tp") || has("type", TUNNELS)));
}

/** The command lines of an `ExecStart` property. */
function commandsIn(property: string): string[] {
  return [...property.matchAll(/argv\[\]=(.*?) ; ignore_errors=/g)]
    .map(([, command]) => command ?? "");
}

/** The VRFs that a command line enters. */
function entered(command: string): string[] {
  return [
    ...command.matchAll(
      /\b(?:ip\s+vrf|denovrf)\s+exec\s+(?:-\S+\s+)*(\S+)/g,
    ),
  ].map(([, vrf]) => vrf ?? "");
}

/**
 * What a unit has that does not go with a binding.
 *
 * @param vrf The interface, or a specifier that names it.
 * @param before The VRF to which the unit is bound already.
 */
export function lookAtUnit(
  unitName: UnitName,
  vrf: string,
  before: string | undefined,
  show: ShowUnit = showUnit,
): Finding[] {
  // systemd has nothing to show of what stands for other units.
  if (unitName.isPrefix) return [];
  const unit = exampleOf(unitName);
  const ifname = vrfOfUnit(unit, vrf);
  if (ifname === undefined) return [];
  return findings(unitName.name, show(unit, PROPERTIES), ifname, before);
}
