import { assertEquals } from "@std/assert";
import { outsideOfExec } from "../../src/cgroup/exec_cgroup.ts";

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
