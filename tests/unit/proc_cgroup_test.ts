import { assertEquals } from "@std/assert";
import { cgroup2Of, sliceOf } from "../../src/cgroup/proc_cgroup.ts";

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
