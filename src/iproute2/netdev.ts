/** What ip and ss print: here the network interfaces, and the routes of VRFs. */

import { faultOfAnyName, faultOfLength, invalidIfname } from "./ifname.ts";
import {
  type Netdev,
  parseNetdevs,
  parseRoutes,
  type Route,
} from "./ip_json.ts";
import { didYouMean } from "../messages/did_you_mean.ts";
import { UserError } from "../messages/errors.ts";
import { quote, shellWord } from "../messages/quote.ts";
import { type Output, runProgram } from "../os/subprocess.ts";

export type { Netdev };

export const INSTALL_IPROUTE2 =
  "Install iproute2 (package iproute2, on Fedora iproute), or add its directory, often /usr/sbin, to PATH";

/** Finds the interface that has a name or alternative name. */
export type QueryNetdev = (name: string) => Netdev | undefined;

/**
 * The interface of that name.
 *
 * @param query Asks for it; by default, iproute2.
 * @throws {UserError} If there is none, if the name is an alternative one or
 * cannot be a name, and if iproute2 is missing or prints something unexpected.
 */
export function findNetdev(
  name: string,
  query: QueryNetdev = queryNetdev,
): Netdev {
  const fault = faultOfAnyName(name);
  if (fault !== undefined) throw invalidIfname(name, fault);

  const netdev = query(name);
  if (netdev === undefined) throw noSuchNetdev(name);
  if (netdev.ifname !== name) {
    throw new UserError(
      `Cannot use ${quote(name)}: it is an alternative name of ${
        quote(netdev.ifname)
      }`,
      { remedy: `Use the name ${quote(netdev.ifname)}` },
    );
  }
  return netdev;
}

/**
 * The interface that has that name or alternative name; `undefined` if there is
 * none.
 *
 * @throws {UserError} If iproute2 is missing or prints something unexpected.
 */
export function queryNetdev(name: string): Netdev | undefined {
  const [netdev] = read(
    `find interface ${quote(name)}`,
    ["link", "show", "dev", name],
    (json) => {
      const found = parseNetdevs(json);
      return found?.length === 1 ? found : undefined;
    },
    (output) => saysNoSuchDevice(output) ? [] : undefined,
  );
  return netdev;
}

/** The version of iproute2, such as `iproute2-6.1.0`. */
export function iproute2Version(): string {
  const { stdout } = runProgram("ip", ["-V"], INSTALL_IPROUTE2);
  return /iproute2[^\s,]*/.exec(stdout)?.[0] ?? firstLine(stdout);
}

/** Finds interfaces among those that are listed already. */
export function findIn(netdevs: readonly Netdev[]): QueryNetdev {
  const byName = new Map(
    netdevs.flatMap((netdev) =>
      [netdev.ifname, ...netdev.altnames].map((name) => [name, netdev])
    ),
  );
  return (name) => byName.get(name);
}

/**
 * Every interface of this network namespace.
 *
 * @throws {UserError} If iproute2 is missing or prints something unexpected.
 */
export function listNetdevs(): Netdev[] {
  return read("list the interfaces", ["link", "show"], parseNetdevs);
}

/** A family of addresses, by the option of iproute2 that chooses it. */
export type Family = "IPv4" | "IPv6";

const FAMILY_OPTIONS = { IPv4: "-4", IPv6: "-6" } as const;

/** What the routing table of a VRF sends where. */
export interface VrfRoutes {
  /** The families of which the table has no default route. */
  readonly openFamilies: readonly Family[];
  /** The devices outside of the VRF to which its table routes. */
  readonly leaked: readonly Netdev[];
}

const FAMILIES: readonly Family[] = ["IPv4", "IPv6"];

/** Asks iproute2 for the routes of one interface; none if it is no VRF. */
export function queryRoutes(netdev: Netdev): VrfRoutes {
  const { ifname, kind } = netdev;
  if (kind !== "vrf") return { openFamilies: [], leaked: [] };
  const routes = FAMILIES.map((family) => listRoutes(family, ifname));
  const devices = devicesOf(routes.flat()).filter((name) => name !== ifname);
  const ports = devices.length > 0 ? portsOf(ifname) : [];
  return {
    openFamilies: FAMILIES.filter((_, at) => !routes[at]?.some(isCatchAll)),
    leaked: devices
      .filter((name) => !ports.some((port) => port.ifname === name))
      .flatMap((name) => queryNetdev(name) ?? []),
  };
}

/** Whether a route has the kernel look no further than the VRF's own table. */
function isCatchAll({ type, dst }: Route): boolean {
  return dst === "default" && type !== "throw";
}

/** The devices to which routes send packets. */
function devicesOf(routes: readonly Route[]): string[] {
  const leading = routes.filter(({ type }) => type === "unicast");
  return [...new Set(leading.flatMap(({ devices }) => devices))];
}

/** The interfaces that are enslaved to a VRF. */
function portsOf(vrf: string): Netdev[] {
  const attempt = `list the interfaces of ${quote(vrf)}`;
  return read(attempt, ["link", "show", "master", vrf], parseNetdevs);
}

/** The routes of a VRF, of a family; none if the VRF is gone since. */
function listRoutes(family: Family, vrf: string): Route[] {
  return read(
    `list the routes of ${quote(vrf)}`,
    [FAMILY_OPTIONS[family], "route", "show", "vrf", vrf],
    parseRoutes,
    ({ stderr }) => stderr.endsWith("is wrong: Invalid VRF") ? [] : undefined,
  );
}

/**
 * The command that has the kernel refuse what the table of a VRF has no other
 * route for. The metric is the one of the kernel's documentation of VRFs, which
 * loses to that of any default route.
 */
export function catchAllRoutes(
  vrf: string,
  families: readonly Family[],
): string {
  return families.map((family) =>
    `ip ${
      family === "IPv6" ? "-6 " : ""
    }route add unreachable default metric 4278198272 vrf ${shellWord(vrf)}`
  ).join(" && ");
}

/**
 * Runs `ip`, and reads what it prints.
 *
 * @param orElse What it failed with stands for, if for anything.
 */
function read<T>(
  attempt: string,
  args: readonly string[],
  parse: (json: string) => T | undefined,
  orElse: (output: Output) => T | undefined = () => undefined,
): T {
  const all = ["-json", "-details", ...args];
  const output = runProgram("ip", all, INSTALL_IPROUTE2);
  if (output.code !== 0) {
    const known = orElse(output);
    if (known !== undefined) return known;
    throw iproute2Failed(attempt, output);
  }
  const result = parse(output.stdout);
  if (result === undefined) throw notUnderstood(attempt, output);
  return result;
}

/**
 * Whether there is no such interface, in the words of iproute2 before and since
 * 4.20, and in the kernel's if the interface disappeared meanwhile.
 */
function saysNoSuchDevice({ stderr }: Output): boolean {
  return /^(?:Device ".*" does not exist\.?|Cannot find device ".*"|RTNETLINK answers: No such device)$/s
    .test(stderr);
}

function noSuchNetdev(name: string): UserError {
  const fault = faultOfLength(name);
  if (fault !== undefined) return invalidIfname(name, fault);
  // An interface of that very name may have appeared meanwhile.
  const others = listNetdevs().map(({ ifname }) => ifname)
    .filter((ifname) => ifname !== name);
  return new UserError(
    `Cannot find interface ${quote(name)}: it does not exist`,
    {
      remedy: didYouMean(name, others) ??
        "Create it first, or use bind --force",
    },
  );
}

function iproute2Failed(attempt: string, { stderr, code }: Output): UserError {
  if (/-json|unrecognized option|invalid option/.test(stderr)) {
    return new UserError(
      `Cannot ${attempt}: this version of ip does not support -json: ${
        firstLine(stderr)
      }`,
      { remedy: "Install iproute2 4.14 or later" },
    );
  }
  const words = firstLine(stderr);
  const state = words === ""
    ? `"ip" exited with ${code}`
    : `iproute2 says: ${words}`;
  return new UserError(`Cannot ${attempt}: ${state}`);
}

function notUnderstood(attempt: string, { stdout }: Output): UserError {
  const start = firstLine(stdout).slice(0, 60);
  return new UserError(
    `Cannot ${attempt}: "ip" answered ${
      start === "" ? "nothing" : quote(start)
    }, which is not what iproute2 prints`,
    { remedy: "See what `ip -json -details link show` prints" },
  );
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
