import { assertEquals } from "@std/assert";
import { cgroup2Of } from "../../src/cgroup/proc_cgroup.ts";

Deno.test("cgroup2Of() reads the line of cgroup2 among those of cgroup v1", () => {
  assertEquals(cgroup2Of("0::/a.slice/b.service\n"), "/a.slice/b.service");
  assertEquals(cgroup2Of("3:cpu:/x\n1:name=systemd:/y\n0::/\n"), "/");
  assertEquals(cgroup2Of("3:cpu:/x\n"), undefined);
});
