/** What a unit has that a binding to a VRF does not go with. */

import { pinsIn } from "./settings.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { vrfOfUnit } from "./specifier.ts";
import { showUnit } from "../systemd/systemctl.ts";
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
  ...["BPFProgram", "BindNetworkInterface", "ExecStart"],
  ...["NetworkNamespacePath", "PrivateNetwork", "Type"],
];

/** File systems whose sockets the kernel makes. */
const NETWORK_FILE_SYSTEMS = /^(?:9p|afs|ceph|cifs|nfs4?|smb3)$/;

/** Commands that make tunnels, whose sockets the kernel makes. */
const TUNNELS =
  /\bwg-quick\s|\bwg\s+(?:set|setconf|syncconf|addconf)\s|\bip\b.*\s(?:l2tp|type\s+(?:bareudp|erspan|fou|geneve|gretap|gre|gtp|ip6gre|ip6gretap|ip6tnl|ipip|l2tp|sit|vxlan|wireguard))\b/;

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
  const edit = `systemctl edit --full ${shellWord(unit)}`;
  const name = quote(unit);
  const commands = commandsIn(property("ExecStart"));
  return [
    ...commands.flatMap((command) => entered(command)).map((other) => ({
      message: `${name} enters ${quote(other)} by itself, in its ExecStart=`,
      remedy: `Leave only the daemon in ExecStart=: ${edit}`,
      isContradiction: other !== ifname,
    })),
    ...[
      ...commands.some((command) => /\bip\s+netns\s+exec\s/.test(command))
        ? ["ip netns exec in ExecStart="]
        : [],
      ...property("PrivateNetwork") === "yes" ? ["PrivateNetwork="] : [],
      ...property("NetworkNamespacePath") === ""
        ? []
        : ["NetworkNamespacePath="],
    ].map((setting) => inOtherNetns(name, setting, edit)),
    ...othersIn(property("BPFProgram"), [ifname, before]).map((other) => ({
      message: `${name} has a BPFProgram= of the VRF ${quote(other)}`,
      remedy: `Take it out: ${edit}`,
      isContradiction: true,
    })),
    ...["", ifname].includes(property("BindNetworkInterface")) ? [] : [{
      message: `${name} has BindNetworkInterface=${
        property("BindNetworkInterface")
      }`,
      remedy: `Take it out: ${edit}`,
      isContradiction: true,
    }],
    ...makesKernelSockets(unit, commands, property("Type"))
      ? [{
        message:
          `${name} has the kernel make sockets, which stay in the default VRF`,
        remedy:
          "Route them by a firewall mark, with a rule into the VRF's table: ip-rule(8)",
        isContradiction: false,
      }]
      : [],
  ];
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

/** The VRFs of pins in a `BPFProgram` property, but for those that may be. */
function othersIn(
  property: string,
  expected: readonly (string | undefined)[],
): string[] {
  const ifnames = pinsIn(property.split(" ")).map(({ ifname }) => ifname);
  return [...new Set(ifnames)].filter((ifname) => !expected.includes(ifname));
}

function inOtherNetns(name: string, setting: string, edit: string): Finding {
  return {
    message:
      `${name} is in a network namespace of its own, where the VRF does not exist: ${setting}`,
    remedy: `Take it out: ${edit}; or do not bind the unit`,
    isContradiction: false,
  };
}

function makesKernelSockets(
  unit: string,
  commands: readonly string[],
  type: string,
): boolean {
  return unit.startsWith("wg-quick@") ||
    commands.some((command) => TUNNELS.test(command)) ||
    (unit.endsWith(".mount") && NETWORK_FILE_SYSTEMS.test(type));
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
  before?: string,
): Finding[] {
  // systemd has nothing to show of what stands for other units.
  if (unitName.isPrefix) return [];
  const unit = exampleOf(unitName);
  const ifname = vrfOfUnit(unit, vrf);
  if (ifname === undefined) return [];
  return findings(unitName.name, showUnit(unit, ...PROPERTIES), ifname, before);
}
