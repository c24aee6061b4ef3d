import { assertEquals } from "@std/assert";
import { nearest } from "../../src/messages/nearest.ts";

Deno.test("nearest() finds what was probably meant", () => {
  const candidates = ["start", "stop", "install", "uninstall"];
  assertEquals(nearest("strat", candidates), "start");
  assertEquals(nearest("STOP", candidates), "stop");
  assertEquals(nearest("instal", candidates), "install");
  assertEquals(nearest("unistall", candidates), "uninstall");
});

Deno.test("nearest() keeps silent where nothing is near", () => {
  assertEquals(nearest("identify", ["start", "stop"]), undefined);
  assertEquals(nearest("x", []), undefined);
  assertEquals(nearest("eth0", ["vrfred", "lo"]), undefined);
});
