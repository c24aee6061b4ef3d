import { assertEquals } from "@std/assert";
import { parseNetdevs } from "../../src/iproute2/ip_json.ts";

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
    ]
  ) assertEquals(parseNetdevs(text), undefined, text);
});
