import { assertEquals } from "@std/assert";
import { REPORTS } from "./reports.ts";

Deno.test("vrfReports() tells every state from the others", () => {
  assertEquals(
    REPORTS.map(({ ifname, state }) => [ifname, state]),
    [
      ["mgmt", "bound"],
      ["vrf-blue", "unbound"],
      ["vrfgone", "absent"],
      ["vrfnetns", "elsewhere"],
      ["vrfother", "absent"],
      ["vrfred", "stale"],
      ["wan0", "bound"],
    ],
  );
});

Deno.test("vrfReports() keeps the shape that list --json prints", () => {
  assertEquals(REPORTS.find(({ ifname }) => ifname === "vrfother"), {
    ifname: "vrfother",
    kind: null,
    ifindex: null,
    table: null,
    state: "absent",
    bound: null,
    program: null,
    refused: null,
    cgroups: [{
      path: "/system.slice/x.service",
      unit: "x.service",
      attached: false,
      open: false,
      loopback: false,
      lock: false,
      processes: 0,
    }],
  });
});

Deno.test("vrfReports() has what ip vrf exec runs in the VRF that it has entered", () => {
  const blue = REPORTS.find(({ ifname }) => ifname === "vrf-blue");
  assertEquals(
    blue?.cgroups.map(({ path, attached, processes }) => [
      path,
      attached,
      processes,
    ]),
    [["/system.slice/ssh.service/vrf/vrf-blue", true, 3]],
  );
});
