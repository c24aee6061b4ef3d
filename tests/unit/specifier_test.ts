import { assertEquals, assertThrows } from "@std/assert";
import {
  assertSpecifier,
  isSpecifier,
  vrfOfUnit,
} from "../../src/bound_units/specifier.ts";
import { UsageError } from "../../src/messages/errors.ts";

Deno.test("vrfOfUnit() takes the VRF from where systemd's specifiers do", () => {
  const cases: [unit: string, vrf: string, expected: string | undefined][] = [
    ["ssh.service", "mgmt", "mgmt"],
    ["sshd@mgmt.service", "%i", "mgmt"],
    ["a-b@vrf\\x2dred.socket", "%i", "vrf-red"],
    ["sshd@vrf-red.service", "%i", undefined],
    ["sshd@.service", "%i", undefined],
    ["sshd.service", "%i", undefined],
    ["sshd-mgmt.service", "%j", "mgmt"],
    ["sshd.service", "%j", "sshd"],
    ["a-b-vrf\\x2dred@x-y.service", "%j", "vrf-red"],
  ];
  for (const [unit, vrf, expected] of cases) {
    assertEquals([unit, vrf, vrfOfUnit(unit, vrf)], [unit, vrf, expected]);
  }
});

Deno.test("assertSpecifier() refuses what names no VRF", () => {
  assertSpecifier("%i", "sshd@.service");
  assertSpecifier("%j", "sshd-mgmt.service");
  for (const vrf of ["%", "%I", "%n", "%%", "%toString"]) {
    assertEquals(isSpecifier(vrf), false);
    assertThrows(() => assertSpecifier(vrf, "sshd@.service"), UsageError);
  }
  assertThrows(() => assertSpecifier("%i", "sshd.service"), UsageError);
});
