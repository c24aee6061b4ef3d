import { assertEquals } from "@std/assert";
import {
  cgroup2Flags,
  findCgroup2Mount,
  pathBelow,
} from "../../src/cgroup/mountinfo.ts";

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

Deno.test("cgroup2Flags() takes what concerns the whole hierarchy", () => {
  const mount = (options: string) =>
    `28 1 0:26 / /sys/fs/cgroup ro,nosuid shared:9 - cgroup2 cgroup2 ${options}`;
  assertEquals(
    cgroup2Flags(
      `22 1 0:5 / /proc rw - proc proc rw\n${
        mount("rw,seclabel,nsdelegate,memory_recursiveprot")
      }\n`,
    ),
    ["nsdelegate", "memory_recursiveprot"],
  );
  assertEquals(cgroup2Flags(mount("rw")), []);
  assertEquals(cgroup2Flags(""), []);
});
