import { assertEquals } from "@std/assert";
import { parseEarlierDropIn } from "../../src/bound_units/earlier_drop_in.ts";
import { dropInText, parseDropIn } from "../../src/bound_units/drop_in.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";

const EARLIER = "tests/system/earlier/drop_ins";

const RED = {
  ifname: "vrf-red",
  instance: "denovrf@vrf\\x2dred.service",
  follow: false,
  enabledInstance: false,
  mode: PLAIN_MODE,
  resolvConf: undefined,
  withoutSockets: false,
  boundWith: undefined,
};

Deno.test("parseEarlierDropIn() reads what earlier versions wrote", async () => {
  const expected = {
    "plain.service": { ...RED, enabledInstance: true },
    "both.service": {
      ...RED,
      mode: { loopback: true, lock: true },
      resolvConf: "/etc/denovrf/vrf-red/resolv.conf",
    },
    "locked.service": {
      ...RED,
      follow: true,
      mode: { loopback: false, lock: true },
    },
    "listen.socket": { ...RED, mode: { loopback: true, lock: false } },
    "red-tenants.slice": RED,
  };
  for (const [unit, dropIn] of Object.entries(expected)) {
    const path = `${EARLIER}/${unit}.d/50-denovrf.conf`;
    const text = await Deno.readTextFile(path);
    assertEquals(parseEarlierDropIn(text), dropIn);
    assertEquals(parseDropIn(text), undefined);
  }
});

Deno.test("parseEarlierDropIn() reads nothing else", () => {
  assertEquals(parseEarlierDropIn(""), undefined);
  assertEquals(parseEarlierDropIn(dropInText(RED, "Service")), undefined);
});
