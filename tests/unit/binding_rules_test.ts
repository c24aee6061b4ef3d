import { assertEquals } from "@std/assert";
import {
  type Need,
  problemsOfBindings,
} from "../../src/doctor/binding_rules.ts";
import { boundCgroup } from "../../src/inspect/vrf_report.ts";
import type { LastRefused } from "../../src/inspect/refused.ts";
import type { VrfReport } from "../../src/inspect/vrf_report.ts";

/** A VRF that is started, with nothing in it. */
const SOUND: VrfReport = {
  ifname: "red",
  kind: "vrf",
  ifindex: 4,
  table: 10,
  state: "bound",
  bound: 4,
  refused: null,
  program: 7,
  cgroups: [],
};

/** A VRF that needs nothing. */
const OTHER: VrfReport = { ...SOUND, ifname: "blue", ifindex: 9, bound: 9 };

/** A VRF that a unit is bound to, and that was never there. */
const NEEDED: Need = { lastIfindex: undefined };

/** The remedies for a VRF. */
function remedies(
  report: Partial<VrfReport>,
  need?: Need,
): (string | null)[] {
  return problemsOfBindings(
    { vrfs: [{ ...SOUND, ...report }, OTHER], orphans: [] },
    new Map(need === undefined ? [] : [["red", need]]),
  ).map(({ remedy }) => remedy);
}

Deno.test("problemsOfBindings() finds nothing wrong with a VRF that needs nothing", () => {
  assertEquals(remedies({}), []);
  assertEquals(remedies({}, NEEDED), []);
  assertEquals(remedies({ state: "unbound", bound: null, program: null }), []);
  assertEquals(remedies({ state: "absent", bound: null }), []);
});

Deno.test("problemsOfBindings() has one remedy for each state", () => {
  const gone = { kind: null, ifindex: null, state: "absent" } as const;
  const stopped = { state: "unbound", bound: null, program: null } as const;
  const cases: [Partial<VrfReport>, Need | undefined, string][] = [
    [{ state: "stale" }, undefined, "Start it again: denovrf start red"],
    [
      { state: "stale", program: null },
      NEEDED,
      "Start it again: denovrf start red",
    ],
    [gone, undefined, "If it is gone for good: denovrf stop --purge red"],
    [
      { ...gone, program: null },
      NEEDED,
      "Create it: ip link add red type vrf table TABLE",
    ],
    [
      stopped,
      NEEDED,
      "Start it: systemctl restart denovrf@red.service",
    ],
  ];
  for (const [report, wanted, remedy] of cases) {
    assertEquals(remedies(report, wanted), [remedy]);
  }
});

Deno.test("problemsOfBindings() knows a VRF again that was renamed", () => {
  const gone = { kind: null, ifindex: null, state: "absent" } as const;
  const remedy =
    "Rename it: ip link set blue name red; or bind its units to blue";
  assertEquals(remedies({ ...gone, bound: 9 }), [remedy]);
  const absent = { ...gone, bound: 0 };
  assertEquals(remedies(absent, { lastIfindex: 9 }), [remedy]);
  assertEquals(remedies(absent, { lastIfindex: 8 }), [
    "Create it: ip link add red type vrf table TABLE",
  ]);
});

Deno.test("problemsOfBindings() names a cgroup without a unit by its path", () => {
  const cgroup = boundCgroup({ cgroup: "/made/by/hand", processes: 2 });
  const empty = { ...cgroup, processes: 0 };
  const problems = problemsOfBindings(
    {
      vrfs: [{ ...SOUND, cgroups: [cgroup, empty] }],
      orphans: [cgroup, empty],
    },
    new Map(),
  );
  assertEquals(problems.map(({ message, remedy }) => [message, remedy]), [
    [
      '"/made/by/hand" is bound to a purged binding and can open no sockets',
      "End its processes",
    ],
    [
      '"/made/by/hand" should be in "red", but runs outside',
      "End its processes",
    ],
  ]);
});

Deno.test("problemsOfBindings() says who sent what outside of the VRF, and what to do", () => {
  const last: LastRefused = {
    kind: "out",
    time: new Date().toISOString(),
    cgroup: "/system.slice/avahi-daemon.service",
    unit: "avahi-daemon.service",
    device: "eth0",
    protocol: "udp",
    address: "224.0.0.251:5353",
  };
  const told = (last: LastRefused) => {
    const refused = { sockets: 0, out: 1, in: 0, joins: 0, last };
    const vrfs = [{ ...SOUND, refused }];
    const [first] = problemsOfBindings({ vrfs, orphans: [] }, new Map());
    return [first?.level, first?.message.replace(last.time, "TIME")];
  };
  assertEquals(told(last), [
    "warning",
    '"avahi-daemon.service" sent to 224.0.0.251:5353 without naming a device of its VRF at TIME: "eth0" is outside of "red"',
  ]);
  assertEquals(told({ ...last, address: "203.0.113.5:53" }), [
    "warning",
    '"avahi-daemon.service" could not send to 203.0.113.5:53 at TIME: "eth0" is outside of "red"',
  ]);
  assertEquals(told({ ...last, kind: "in", unit: null }), [
    "warning",
    '"/system.slice/avahi-daemon.service" did not receive a packet from 224.0.0.251:5353 at TIME: "eth0" is outside of "red"',
  ]);
  assertEquals(told({ ...last, kind: "join", device: null }), [
    "warning",
    '"avahi-daemon.service" could not join a multicast group at TIME: it named no device',
  ]);
  assertEquals(told({ ...last, kind: "socket" }), [undefined, undefined]);
  const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString();
  assertEquals(told({ ...last, time: longAgo }), [undefined, undefined]);
});
