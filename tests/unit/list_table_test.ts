import { assertEquals } from "@std/assert";
import { listTable } from "../../src/inspect/list_table.ts";
import { vrfReports } from "../../src/inspect/vrf_report.ts";
import { renderTable } from "../../src/messages/table.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";

const LOOPBACK = { loopback: true, lock: false };

/** Every state, with units, cgroups without, and one that is not attached. */
const REPORTS = vrfReports(
  [
    { ifname: "lo", ifindex: 1, kind: "", altnames: [] },
    { ifname: "mgmt", ifindex: 4, kind: "vrf", altnames: [], table: 100 },
    { ifname: "vrf-blue", ifindex: 12, kind: "vrf", altnames: [], table: 20 },
    { ifname: "vrfred", ifindex: 1007, kind: "vrf", altnames: [], table: 10 },
    { ifname: "wan0", ifindex: 3, kind: "", altnames: [] },
  ],
  [
    { ifname: "mgmt", ifindex: 4, mapId: 71, programId: 3301 },
    { ifname: "vrfred", ifindex: 0, mapId: 72, programId: undefined },
    { ifname: "vrfgone", ifindex: 9, mapId: 73, programId: 12 },
    { ifname: "wan0", ifindex: 3, mapId: 74, programId: 13 },
  ],
  [
    {
      cgroup: "/system.slice/ssh.service",
      bindings: [{ mapId: 71, mode: PLAIN_MODE }],
      declared: "mgmt",
      processes: 1,
    },
    {
      cgroup: "/system.slice/nginx.service",
      bindings: [],
      declared: "mgmt",
      processes: 5,
    },
    {
      cgroup:
        "/system.slice/system-a\\x2dlong\\x2dname.slice/a-long-name@with-a-very-long-instance-name.service",
      bindings: [{ mapId: 71, mode: PLAIN_MODE }],
      declared: undefined,
      processes: 24,
    },
    {
      cgroup: "/user.slice/user-1000.slice",
      bindings: [{ mapId: 71, mode: PLAIN_MODE }],
      declared: undefined,
      processes: 130,
    },
    {
      cgroup: "/denovrf-exec-812-abc",
      bindings: [{ mapId: 74, mode: LOOPBACK }],
      declared: undefined,
      processes: 2,
    },
    {
      cgroup: "/elsewhere",
      bindings: [{ mapId: 99, mode: PLAIN_MODE }],
      declared: undefined,
      processes: 2,
    },
    {
      cgroup: "/system.slice/x.service",
      bindings: [],
      declared: "vrfother",
      processes: 0,
    },
  ],
);

for (const width of [80, 200]) {
  Deno.test(`the table of list is as it was, ${width} columns wide`, async () => {
    const path = new URL(`golden/list_${width}.txt`, import.meta.url);
    const lines = listTable(REPORTS, width);
    assertEquals(`${lines.join("\n")}\n`, await Deno.readTextFile(path));
    assertEquals(lines.filter((line) => line.length > width), []);
  });
}

Deno.test("a table shows no control character that a name holds", () => {
  const columns = [{ heading: "PROCESS" }, { heading: "UNIT" }];
  assertEquals(
    renderTable(columns, [["a\x1b[1m\nb", "c\x9b\x7f.scope"]], 80),
    ["PROCESS  UNIT", "a?[1m?b  c??.scope"],
  );
});

Deno.test("every state is told from the others", () => {
  assertEquals(
    REPORTS.map(({ ifname, state }) => [ifname, state]),
    [
      ["mgmt", "bound"],
      ["vrf-blue", "unbound"],
      ["vrfgone", "absent"],
      ["vrfother", "absent"],
      ["vrfred", "stale"],
      ["wan0", "bound"],
    ],
  );
});

Deno.test("the JSON of list keeps its shape", () => {
  assertEquals(REPORTS.find(({ ifname }) => ifname === "vrfother"), {
    ifname: "vrfother",
    kind: null,
    ifindex: null,
    table: null,
    state: "absent",
    bound: null,
    program: null,
    cgroups: [{
      path: "/system.slice/x.service",
      unit: "x.service",
      attached: false,
      loopback: false,
      lock: false,
      processes: 0,
    }],
  });
});

Deno.test("renderTable() cuts off only what does not fit", () => {
  const columns = [{ heading: "A" }, { heading: "B" }];
  assertEquals(renderTable(columns, [["a", "bcdef"]], 6), ["A  B", "a  bc…"]);
  assertEquals(renderTable(columns, [["a", "bcd"]], 6), ["A  B", "a  bcd"]);
  assertEquals(
    renderTable(columns, [["a", "b".repeat(300)]], Infinity)[1]?.length,
    303,
  );
});
