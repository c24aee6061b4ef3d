import { assertEquals } from "@std/assert";
import { findCgroup2Mount } from "../../src/cgroup/mountinfo.ts";
import { cgroupOfUnit } from "../../src/cgroup/unit_path.ts";

Deno.test("findCgroup2Mount() finds cgroup2 wherever it is mounted", () => {
  const proc = "22 1 0:5 / /proc rw,nosuid shared:7 - proc proc rw";
  const cases: [line: string, mount: string][] = [
    [
      "28 1 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw",
      "/sys/fs/cgroup",
    ],
    [
      "28 1 0:26 / /sys/fs/cgroup/unified rw - cgroup2 none rw",
      "/sys/fs/cgroup/unified",
    ],
    [
      String.raw`28 1 0:26 / /mnt/a\040b rw a:1 b:2 - cgroup2 none rw`,
      "/mnt/a b",
    ],
  ];
  for (const [line, mount] of cases) {
    assertEquals(findCgroup2Mount(`${proc}\n${line}\n`), mount);
  }
  assertEquals(findCgroup2Mount(proc), undefined);
  assertEquals(
    findCgroup2Mount("28 1 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw"),
    undefined,
  );
});

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
