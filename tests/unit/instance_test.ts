import { assertEquals } from "@std/assert";
import {
  ifnameOfInstance,
  instanceFor,
  nameInInstance,
} from "../../src/bound_units/instance.ts";

Deno.test("ifnameOfInstance() reads raw and escaped instances alike", () => {
  const cases: Record<string, string> = {
    "vrfred": "vrfred",
    "vrf-red": "vrf-red",
    "vrf\\x2dred": "vrf-red",
    "eth0.100": "eth0.100",
    "\\x2ea": ".a",
    "a\\x5cb": "a\\b",
    "\\xc3\\xbc": "ü", // escaped a byte at a time
    "a\\x": "a\\x",
    "a\\xff": "a\ufffd", // no UTF-8, which assertIfname() refuses
  };
  for (const [instance, ifname] of Object.entries(cases)) {
    assertEquals(ifnameOfInstance(instance), ifname);
  }
});

Deno.test("nameInInstance() knows instances of denovrf@, and no other unit", () => {
  assertEquals(nameInInstance("denovrf@vrf\\x2dred.service"), "vrf\\x2dred");
  for (
    const unit of [
      "denovrf@.service",
      "denovrf-attach@a.service",
      "denovrf@a.socket",
      "x-denovrf@a.service",
      "ssh.service",
    ]
  ) {
    assertEquals(nameInInstance(unit), undefined);
  }
});

Deno.test("ifnameOfInstance() undoes instanceFor()", () => {
  for (
    const ifname of ["vrfred", "vrf-red", ".a", "a\\b", "a%i", "ü", "管理"]
  ) {
    const name = nameInInstance(instanceFor(ifname)) ?? "";
    assertEquals(ifnameOfInstance(name), ifname);
  }
});
