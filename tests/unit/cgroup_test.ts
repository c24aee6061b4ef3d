import { assertEquals } from "@std/assert";
import { outsideOfExec } from "../../src/cgroup/exec_cgroup.ts";
import { findCgroup2Mount, pathBelow } from "../../src/cgroup/mountinfo.ts";
import { cgroup2Of, sliceOf } from "../../src/cgroup/proc_cgroup.ts";
import { cgroupOfUnit } from "../../src/systemd/unit_cgroup.ts";

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
    const found = findCgroup2Mount(`${proc}\n${line}\n`);
    assertEquals(found, { root: "/", mountPoint: mount });
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

Deno.test("pathBelow() finds a cgroup under a mount that shows a part of the tree", () => {
  const all = { root: "/", mountPoint: "/sys/fs/cgroup" };
  const part = { root: "/docker/x", mountPoint: "/sys/fs/cgroup" };
  const cases: [typeof all, cgroup: string, path: string | undefined][] = [
    [all, "/", "/sys/fs/cgroup"],
    [all, "", "/sys/fs/cgroup"],
    [all, "/a/b", "/sys/fs/cgroup/a/b"],
    [all, "/../a", undefined],
    [part, "/docker/x", "/sys/fs/cgroup"],
    [part, "/docker/x/a", "/sys/fs/cgroup/a"],
    [part, "/docker/xy", undefined],
    [part, "/", undefined],
  ];
  for (const [mount, cgroup, path] of cases) {
    assertEquals(pathBelow(mount, cgroup), path, cgroup);
  }
});

Deno.test("cgroup2Of() reads the line of cgroup2 among those of cgroup v1", () => {
  assertEquals(cgroup2Of("0::/a.slice/b.service\n"), "/a.slice/b.service");
  assertEquals(cgroup2Of("3:cpu:/x\n1:name=systemd:/y\n0::/\n"), "/");
  assertEquals(cgroup2Of("3:cpu:/x\n"), undefined);
});

Deno.test("sliceOf() names the innermost slice of a cgroup", () => {
  const cases: [cgroup: string, slice: string][] = [
    ["/system.slice/ssh.service", "system.slice"],
    ["/user.slice/user-0.slice/session-1.scope", "user-0.slice"],
    [
      "/user.slice/user-0.slice/user@0.service/app.slice/a.service",
      "user-0.slice",
    ],
    ["/a.slice/a-b.slice", "a-b.slice"],
    ["/init.scope", "system.slice"],
    ["/", "system.slice"],
  ];
  for (const [cgroup, slice] of cases) assertEquals(sliceOf(cgroup), slice);
});

Deno.test("outsideOfExec() leaves what exec and ip vrf exec have made", () => {
  const cases: [cgroup: string, outside: string][] = [
    ["/", "/"],
    ["/system.slice/ssh.service", "/system.slice/ssh.service"],
    ["/vrf/red", "/"],
    ["/a/b/vrf/red", "/a/b"],
    ["/a/b/vrf/red/denovrf-exec-blue-1-x", "/a/b"],
    ["/a/denovrf-exec-blue-1-x/vrf/red", "/a"],
    ["/user.slice/denovrf-exec-1-x.scope", "/user.slice"],
    ["/a/vrf", "/a/vrf"],
  ];
  for (const [cgroup, outside] of cases) {
    assertEquals(outsideOfExec(cgroup), outside, cgroup);
  }
});
