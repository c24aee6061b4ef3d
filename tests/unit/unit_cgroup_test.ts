import { assertEquals } from "@std/assert";
import { cgroupOfUnit } from "../../src/systemd/unit_cgroup.ts";

Deno.test("cgroupOfUnit() names the cgroup that systemd will make", () => {
  const cases: [unit: string, slice: string, cgroup: string][] = [
    ["nginx.service", "system.slice", "/system.slice/nginx.service"],
    ["init.scope", "-.slice", "/init.scope"],
    [
      "a@b.service",
      "system-a.slice",
      "/system.slice/system-a.slice/a@b.service",
    ],
    ["user-1000.slice", "user.slice", "/user.slice/user-1000.slice"],
    ["a-b-c.slice", "a-b.slice", "/a.slice/a-b.slice/a-b-c.slice"],
    ["cpu.service", "system.slice", "/system.slice/_cpu.service"],
    ["_x.service", "system.slice", "/system.slice/__x.service"],
  ];
  for (const [unit, slice, cgroup] of cases) {
    assertEquals(cgroupOfUnit(unit, slice), cgroup);
  }
});
