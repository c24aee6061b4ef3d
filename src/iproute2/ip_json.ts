/** What `ip -json -details link show` prints. */

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
 * Reads iproute2's JSON. An interface that cannot be read is skipped, so that
 * the others can be used. So are the empty objects that versions before 5.1
 * print for each interface that was not asked for.
 *
 * @returns The interfaces; `undefined` if the text is something else.
 */
export function parseNetdevs(json: string): Netdev[] | undefined {
  const entries = entriesIn(mended(json))?.filter((entry) => !isEmpty(entry));
  const netdevs = entries?.map(netdevOf)
    .filter((netdev) => netdev !== undefined);
  return netdevs?.length === 0 && entries?.length !== 0 ? undefined : netdevs;
}

/**
 * JSON, from what jsonw_puts() of iproute2's lib/json_writer.c makes of names:
 * it leaves most control characters as they are, and before 6.1 it escaped "'".
 */
function mended(text: string): string {
  return text
    .replace(/\\./g, (escape) => escape === "\\'" ? "'" : escape)
    // Not white space, which it escapes: outside of names, it is the layout.
    // deno-lint-ignore no-control-regex -- they are what is looked for
    .replace(/[\x01-\x08\x0b\x0c\x0e-\x1f]/g, (character) => {
      const code = character.charCodeAt(0).toString(16);
      return `\\u${code.padStart(4, "0")}`;
    });
}

/** The elements of an array, or of one that is damaged, those that are not. */
function entriesIn(json: string): unknown[] | undefined {
  const whole = parsed(json);
  if (whole !== undefined) return Array.isArray(whole) ? whole : undefined;
  // If an end is missing, iproute2 could not write all of it, and says nothing.
  const inside = /^\[(.*)\]$/s.exec(json.trim())?.[1];
  // No string contains this, for quotes are escaped there.
  return inside?.split(/,(?=\{"ifindex":)/).map(parsed);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** A route as iproute2 describes it. */
export interface Route {
  /** Such as `unicast`, `local` or `unreachable`. */
  readonly type: string;
  /** A prefix, an address, or `default`. */
  readonly dst: string;
  /** The names of the devices that it leads to. */
  readonly devices: readonly string[];
}

/**
 * Reads what `ip -json route show` prints.
 *
 * @returns The routes; `undefined` if the text is something else.
 */
export function parseRoutes(json: string): Route[] | undefined {
  // Versions before 5.0 print nothing at all if there are no routes.
  if (json.trim() === "") return [];
  return entriesIn(mended(json))?.flatMap((entry) => routeOf(entry) ?? []);
}

function routeOf(entry: unknown): Route | undefined {
  if (!isRecord(entry)) return undefined;
  const { type = "unicast", dst, dev, nexthops } = entry;
  if (typeof type !== "string" || typeof dst !== "string") return undefined;
  const hops = Array.isArray(nexthops) ? nexthops.filter(isRecord) : [];
  return {
    type,
    dst,
    devices: [dev, ...hops.map((hop) => hop["dev"])]
      .filter((name) => typeof name === "string"),
  };
}

function isEmpty(entry: unknown): boolean {
  return isRecord(entry) && Object.keys(entry).length === 0;
}

function netdevOf(entry: unknown): Netdev | undefined {
  if (!isRecord(entry)) return undefined;
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
