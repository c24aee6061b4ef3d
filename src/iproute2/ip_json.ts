/** What `ip -json -details link show` prints. Pure. */

/** A network interface as iproute2 describes it. */
export interface Netdev {
  ifname: string;
  ifindex: number;
  /** The kind of a virtual interface, such as `vrf`; `""` for hardware. */
  kind: string;
  altnames: string[];
  /** The routing table of a VRF. */
  table?: number;
  /** The VRF, bridge or bond that it is enslaved to. */
  master?: string;
}

/**
 * Reads iproute2's JSON. Versions before 5.1 print an empty object for each
 * interface that was not asked for; these are skipped.
 *
 * @returns The interfaces; `undefined` if the text is something else.
 */
export function parseNetdevs(json: string): Netdev[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const netdevs: Netdev[] = [];
  for (const entry of parsed) {
    if (!isRecord(entry)) return undefined;
    if (Object.keys(entry).length === 0) continue;
    const netdev = netdevOf(entry);
    if (netdev === undefined) return undefined;
    netdevs.push(netdev);
  }
  return netdevs;
}

function netdevOf(entry: Record<string, unknown>): Netdev | undefined {
  const { ifname, ifindex, linkinfo, altnames, master } = entry;
  if (typeof ifname !== "string" || ifname === "") return undefined;
  if (typeof ifindex !== "number" || !isIfindex(ifindex)) return undefined;
  const kind = isRecord(linkinfo) ? linkinfo["info_kind"] : undefined;
  const data = isRecord(linkinfo) ? linkinfo["info_data"] : undefined;
  const table = isRecord(data) ? data["table"] : undefined;
  return {
    ifname,
    ifindex,
    kind: typeof kind === "string" ? kind : "",
    altnames: Array.isArray(altnames)
      ? altnames.filter((name) => typeof name === "string")
      : [],
    ...kind === "vrf" && typeof table === "number" ? { table } : {},
    ...typeof master === "string" ? { master } : {},
  };
}

/** The kernel counts interfaces from 1, in a positive int. */
function isIfindex(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 0x7fffffff;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
