import { assertEquals } from "@std/assert";
import { listTable } from "../../src/inspect/list_table.ts";
import { type NamesOf, refusedIn } from "../../src/inspect/refused.ts";
import { FILTER, KIND, type Kind } from "../../src/programs/refusals.ts";
import { REPORTS } from "./reports.ts";

const NAMES: NamesOf = {
  cgroup: (id) => id === 77n ? "/system.slice/avahi-daemon.service" : undefined,
  device: (ifindex) => ifindex === 2 ? "eth0" : undefined,
  uptime: 100,
};

/** The value of a filter map of which one thing was refused. */
function filter(
  kind: Kind,
  fields: Partial<Record<keyof typeof FILTER, number>>,
  packet = "",
): DataView<ArrayBuffer> {
  const value = new DataView(new ArrayBuffer(FILTER.size));
  value.setBigUint64(FILTER.refused + 8 * (KIND[kind] - 1), 1n, true);
  value.setUint32(FILTER.kind, KIND[kind], true);
  value.setBigUint64(FILTER.time, 90_000_000_000n, true);
  for (const [name, number] of Object.entries(fields)) {
    value.setUint32(FILTER[name as keyof typeof FILTER], number, true);
  }
  const bytes = Uint8Array.fromHex(packet.replaceAll(" ", ""));
  value.setUint32(FILTER.length, bytes.length, true);
  new Uint8Array(value.buffer).set(bytes, FILTER.packet);
  return value;
}

const MDNS =
  "45000021 00004000 ff110000 c0000205 e00000fb 14e914e9 000d0000 78787878";

const IPV6_TCP = `60000000 0014063f 20010db8${"0".repeat(22)}01 20010db8${
  "0".repeat(22)
}02 c3500050 00000000`;

Deno.test("refusedIn() names what was sent where, by whom and when", () => {
  const { last, ...counts } = refusedIn(
    filter("out", { cgroup: 77, ifindex: 2 }, MDNS),
    NAMES,
  );
  assertEquals(counts, { sockets: 0, out: 1, in: 0, joins: 0 });
  const age = Date.now() - Date.parse(last?.time ?? "");
  assertEquals(Math.round(age / 1000), 10);
  assertEquals({ ...last, time: "" }, {
    kind: "out",
    time: "",
    cgroup: "/system.slice/avahi-daemon.service",
    unit: "avahi-daemon.service",
    device: "eth0",
    protocol: "udp",
    address: "224.0.0.251:5353",
  });
});

Deno.test("refusedIn() names the sender of what came in, over IPv6 too", () => {
  const { last } = refusedIn(filter("in", {}, IPV6_TCP), NAMES);
  assertEquals(
    [last?.protocol, last?.address, last?.cgroup, last?.device],
    ["tcp", "[2001:db8::1]:50000", null, null],
  );
});

Deno.test("refusedIn() knows no address of what has none, or is cut off", () => {
  const subject = (value: DataView<ArrayBuffer>) => {
    const { last } = refusedIn(value, NAMES);
    return [last?.kind, last?.protocol, last?.address];
  };
  assertEquals(subject(filter("socket", { protocol: 6 })), [
    ...["socket", "tcp", null],
  ]);
  assertEquals(subject(filter("join", { ifindex: 2 })), ["join", null, null]);
  assertEquals(subject(filter("out", {}, MDNS.slice(0, 18))), [
    ...["out", null, null],
  ]);
  assertEquals(subject(filter("out", {}, "f5".repeat(40))), [
    ...["out", null, null],
  ]);
  // Without the ports, as in a fragment.
  assertEquals(subject(filter("out", {}, MDNS.slice(0, 44))), [
    ...["out", "udp", "224.0.0.251:*"],
  ]);
});

Deno.test("refusedIn() has nothing to say of a new binding", () => {
  const value = new DataView(new ArrayBuffer(FILTER.size));
  assertEquals(refusedIn(value, NAMES), {
    ...{ sockets: 0, out: 0, in: 0, joins: 0, last: null },
  });
});

Deno.test("listTable() has a column of what was refused, if anything was", () => {
  const [mgmt] = REPORTS;
  if (mgmt === undefined) throw new Error("no report");
  const refused = refusedIn(filter("out", {}, MDNS), NAMES);
  const lines = listTable([{ ...mgmt, refused, cgroups: [] }], 80);
  assertEquals(lines, [
    "VRF   IFINDEX  TABLE  STATE  PROGRAM  REFUSED  PROCESSES  UNIT",
    "mgmt        4    100  bound     3301        1",
  ]);
  assertEquals(
    listTable([{ ...mgmt, cgroups: [] }], 80)[0],
    "VRF   IFINDEX  TABLE  STATE  PROGRAM  PROCESSES  UNIT",
  );
});
