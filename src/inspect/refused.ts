/** What the programs of a VRF have refused, by its filter map. */

import { AF_INET, AF_INET6 } from "../os/constants.ts";
import { formatSockaddr, protocolName } from "../os/ip_sockets.ts";
import { FILTER, KIND, type Kind } from "../programs/refusals.ts";
import { unitOfCgroup } from "../systemd/unit_cgroup.ts";

/** How often something was refused since the binding was made. */
export interface Refused {
  /** Sockets, because the interface was gone. */
  readonly sockets: number;
  /** Packets on their way out of the machine, and in. */
  readonly out: number;
  readonly in: number;
  /** Memberships in multicast groups. */
  readonly joins: number;
  /** The last of them; `null` if there was none. */
  readonly last: LastRefused | null;
}

/** What was refused last. */
export interface LastRefused {
  readonly kind: Kind;
  /** In ISO 8601. */
  readonly time: string;
  /** The cgroup of the socket or process; `null` if it is gone. */
  readonly cgroup: string | null;
  readonly unit: string | null;
  /** The device of a packet or a join; `null` for none, or one that is gone. */
  readonly device: string | null;
  /** Such as `udp`; `null` for a join. */
  readonly protocol: string | null;
  /** The remote address and port of a packet; `null` for everything else. */
  readonly address: string | null;
}

/** Finds the names of what programs know by numbers. */
export interface NamesOf {
  readonly cgroup: (id: bigint) => string | undefined;
  readonly device: (ifindex: number) => string | undefined;
  /** The time since the boot, asleep included, now; seconds. */
  readonly uptime: number;
}

/** Reads the value of a filter map. */
export function refusedIn(
  value: DataView<ArrayBuffer>,
  namesOf: NamesOf,
): Refused {
  const count = (kind: Kind) =>
    Number(value.getBigUint64(FILTER.refused + 8 * (KIND[kind] - 1), true));
  return {
    sockets: count("socket"),
    out: count("out"),
    in: count("in"),
    joins: count("join"),
    last: lastIn(value, namesOf),
  };
}

/** How many refusals that are in all. */
export function total({ sockets, out, in: came, joins }: Refused): number {
  return sockets + out + came + joins;
}

function lastIn(
  value: DataView<ArrayBuffer>,
  { cgroup, device, uptime }: NamesOf,
): LastRefused | null {
  const [kind] =
    Object.entries(KIND).find(([, number]) =>
      number === value.getUint32(FILTER.kind, true)
    ) ?? [];
  if (!isKind(kind)) return null;
  const path = cgroup(value.getBigUint64(FILTER.cgroup, true)) ?? null;
  const age = uptime - Number(value.getBigUint64(FILTER.time, true)) / 1e9;
  return {
    kind,
    time: new Date(Date.now() - age * 1000).toISOString(),
    cgroup: path,
    unit: path === null ? null : unitOfCgroup(path) ?? null,
    device: device(value.getUint32(FILTER.ifindex, true)) ?? null,
    ...subjectOf(kind, value),
  };
}

function isKind(name: string | undefined): name is Kind {
  return name !== undefined && name in KIND;
}

/** What of a refusal depends on its kind. */
function subjectOf(
  kind: Kind,
  value: DataView<ArrayBuffer>,
): Pick<LastRefused, "protocol" | "address"> {
  if (kind === "join") return { protocol: null, address: null };
  if (kind === "socket") {
    const protocol = value.getUint32(FILTER.protocol, true);
    return { protocol: protocolName(protocol), address: null };
  }
  const length = value.getUint32(FILTER.length, true);
  const packet = new DataView(value.buffer, FILTER.packet, length);
  return packetOf(packet, kind === "out") ??
    { protocol: null, address: null };
}

/** Where the remote address and port are in a packet of a version of IP. */
const IP = {
  4: { family: AF_INET, protocol: 9, size: 4, source: 12, destination: 16 },
  6: { family: AF_INET6, protocol: 6, size: 16, source: 8, destination: 24 },
} as const;

const PROTOCOLS_WITH_PORTS: readonly number[] = [6, 17, 132, 136];

/**
 * The protocol and the remote address of a packet, from its first bytes.
 *
 * @returns `undefined` if that is not IP, or too short.
 */
function packetOf(
  packet: DataView<ArrayBuffer>,
  isOut: boolean,
): { protocol: string; address: string } | undefined {
  if (packet.byteLength < 20) return undefined;
  const version = packet.getUint8(0) >> 4;
  if (version !== 4 && version !== 6) return undefined;
  const { family, protocol, size, source, destination } = IP[version];
  const header = version === 4 ? (packet.getUint8(0) & 0xf) * 4 : 40;
  if (packet.byteLength < header) return undefined;
  const number = packet.getUint8(protocol);
  const at = header + (isOut ? 2 : 0);
  const hasPort = PROTOCOLS_WITH_PORTS.includes(number) &&
    packet.byteLength >= at + 2;
  const address = sockaddr(
    family,
    new Uint8Array(
      packet.buffer,
      packet.byteOffset + (isOut ? destination : source),
      size,
    ),
    hasPort ? packet.getUint16(at) : 0,
  );
  return { protocol: protocolName(number), address };
}

function sockaddr(family: number, address: Uint8Array, port: number): string {
  const bytes = new DataView(new ArrayBuffer(28));
  bytes.setUint16(0, family, true);
  bytes.setUint16(2, port);
  new Uint8Array(bytes.buffer).set(address, family === AF_INET ? 4 : 8);
  return formatSockaddr(bytes);
}
