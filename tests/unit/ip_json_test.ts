import { assertEquals } from "@std/assert";
import { parseNetdevs, parseRoutes } from "../../src/iproute2/ip_json.ts";

Deno.test("parseNetdevs() reads what iproute2 prints of a VRF", () => {
  const json = `[{"ifindex":5,"ifname":"vrfred","flags":["UP"],"mtu":65575,
    "linkinfo":{"info_kind":"vrf","info_data":{"table":10}},
    "altnames":["customer-red"]}]`;
  assertEquals(parseNetdevs(json), [
    {
      ...{ ifname: "vrfred", ifindex: 5, kind: "vrf", table: 10 },
      altnames: ["customer-red"],
    },
  ]);
});

Deno.test("parseNetdevs() reads which VRF an interface is in", () => {
  assertEquals(
    parseNetdevs('[{"ifindex":2,"ifname":"eth0","master":"vrfred"}]'),
    [{
      ...{ ifname: "eth0", ifindex: 2, kind: "" },
      ...{ altnames: [], master: "vrfred" },
    }],
  );
});

Deno.test("parseNetdevs() reads a real interface, which has no kind", () => {
  assertEquals(parseNetdevs('[{"ifindex":2,"ifname":"eth0"}]'), [
    { ifname: "eth0", ifindex: 2, kind: "", altnames: [] },
  ]);
});

Deno.test("parseNetdevs() passes over the empty objects of old versions", () => {
  assertEquals(
    parseNetdevs('[{},{},{"ifindex":2,"ifname":"eth0"}]')?.length,
    1,
  );
});

/** What iproute2 6.1.0 printed of a veth with an odd name, and its decoding. */
function printed(name: string): string {
  return `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK"],"mtu":65536},` +
    `{"ifindex":4,"link":"${name}","ifname":"veth1","mtu":1500},` +
    `{"ifindex":5,"link":"veth1","ifname":"${name}","mtu":1500,` +
    `"linkinfo":{"info_kind":"veth"},"ifalias":"${name}",` +
    `"altnames":["${name}"]},` +
    `{"ifindex":6,"ifname":"red","linkinfo":{"info_kind":"vrf","info_data":{"table":10}}}]\n`;
}

Deno.test("parseNetdevs() reads names as iproute2 prints them", () => {
  const names: Record<string, string> = {
    "a\x01b": "a\x01b",
    "\x1b[2J\x07": "\x1b[2J\x07",
    "d\x7fe": "d\x7fe",
    '\\"': '"',
    "b\\\\s": "b\\s",
    "\\\\u0041": "\\u0041",
    "it's": "it's",
    "it\\'s": "it's", // before 6.1
    "\\\\\\'": "\\'",
    "x\ufffdy": "x\ufffdy", // a byte that is not UTF-8, decoded
    "é💥": "é💥",
  };
  for (const [text, name] of Object.entries(names)) {
    assertEquals(
      parseNetdevs(printed(text))?.map(({ ifname, altnames }) => [
        ifname,
        ...altnames,
      ]),
      [["lo"], ["veth1"], [name, name], ["red"]],
      text,
    );
  }
});

Deno.test("parseNetdevs() reads what is laid out in lines", () => {
  const json = '[ {\n\t"ifindex": 2,\n\t"ifname": "eth0"\n}, {} ]\r\n';
  assertEquals(parseNetdevs(json)?.map(({ ifname }) => ifname), ["eth0"]);
});

Deno.test("parseNetdevs() passes over an interface that it cannot read, and no other", () => {
  for (const name of ['"', '",x', '"}', '"}]', '"}],[{"', "\\u12"]) {
    const ifnames = parseNetdevs(printed(name))?.map(({ ifname }) => ifname);
    assertEquals(ifnames, ["lo", "red"], name);
  }
  assertEquals(
    parseNetdevs('[{"ifindex":"2","ifname":"a"},{"ifindex":3,"ifname":"b"}]')
      ?.map(({ ifname }) => ifname),
    ["b"],
  );
});

Deno.test("parseNetdevs() takes nothing else for an answer", () => {
  for (
    const text of [
      ...["", "vrfred: <UP>", "{}", "null", "[1]", "[null]", "[[]]", "["],
      '[{"ifname":"eth0"}]',
      '[{"ifindex":2}]',
      '[{"ifindex":"2","ifname":"eth0"}]',
      '[{"ifindex":0,"ifname":"eth0"}]',
      '[{"ifindex":-1,"ifname":"eth0"}]',
      '[{"ifindex":1.5,"ifname":"eth0"}]',
      '[{"ifindex":4294967296,"ifname":"eth0"}]',
      '[{"ifindex":2,"ifname":""}]',
      // Of which something could not be written.
      '[{"ifindex":1,"ifname":"lo"},{"ifindex":2,"ifname":"eth0"',
      '},{"ifindex":2,"ifname":"eth0"}]',
    ]
  ) assertEquals(parseNetdevs(text), undefined, text);
});

Deno.test("parseRoutes() reads the devices of a route, of several hops too", () => {
  assertEquals(
    parseRoutes(`[
{"type":"unreachable","dst":"default","metric":4278198272,"flags":[]},
{"type":"unicast","dst":"10.0.0.0/24","dev":"eth1","scope":"link","flags":[]},
{"dst":"10.1.0.0/24","nexthops":[{"gateway":"10.0.0.2","dev":"eth1"},{"dev":"eth2"}]},
{"type":"unreachable","dst":"default","dev":"lo","metric":1024}]`),
    [
      { type: "unreachable", dst: "default", devices: [] },
      { type: "unicast", dst: "10.0.0.0/24", devices: ["eth1"] },
      { type: "unicast", dst: "10.1.0.0/24", devices: ["eth1", "eth2"] },
      { type: "unreachable", dst: "default", devices: ["lo"] },
    ],
  );
});

Deno.test("parseRoutes() takes nothing at all for no routes, and other texts for no answer", () => {
  assertEquals(parseRoutes(""), []);
  assertEquals(parseRoutes("[ ]\n"), []);
  assertEquals(parseRoutes("10.0.0.0/24 dev eth1"), undefined);
});
