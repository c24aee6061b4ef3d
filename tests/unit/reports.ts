/** Reports on VRFs, for the tests of what is made of them. */

import { vrfReports } from "../../src/inspect/vrf_report.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";

const LOOPBACK = { open: false, loopback: true, lock: false };

/** Every state, with units, cgroups without, and one that is not attached. */
export const REPORTS = vrfReports(
  [
    { ifname: "lo", ifindex: 1, kind: "", altnames: [] },
    { ifname: "mgmt", ifindex: 4, kind: "vrf", altnames: [], table: 100 },
    { ifname: "vrf-blue", ifindex: 12, kind: "vrf", altnames: [], table: 20 },
    { ifname: "vrfred", ifindex: 1007, kind: "vrf", altnames: [], table: 10 },
    { ifname: "wan0", ifindex: 3, kind: "", altnames: [] },
  ],
  [
    {
      ifname: "mgmt",
      ifindex: 4,
      isHere: true,
      mapId: 71,
      programId: 3301,
      filter: undefined,
    },
    {
      ifname: "vrfred",
      ifindex: 0,
      isHere: true,
      mapId: 72,
      programId: undefined,
      filter: undefined,
    },
    {
      ifname: "vrfgone",
      ifindex: 9,
      isHere: true,
      mapId: 73,
      programId: 12,
      filter: undefined,
    },
    {
      ifname: "wan0",
      ifindex: 3,
      isHere: true,
      mapId: 74,
      programId: 13,
      filter: undefined,
    },
    {
      ifname: "vrfnetns",
      ifindex: 3,
      isHere: false,
      mapId: 75,
      programId: 14,
      filter: undefined,
    },
  ],
  [
    {
      cgroup: "/system.slice/ssh.service",
      bindings: [{ mapId: 71, mode: PLAIN_MODE }],
      declared: "mgmt",
      entered: undefined,
      processes: 1,
    },
    {
      cgroup: "/system.slice/nginx.service",
      bindings: [],
      declared: "mgmt",
      entered: undefined,
      processes: 5,
    },
    {
      cgroup:
        "/system.slice/system-a\\x2dlong\\x2dname.slice/a-long-name@with-a-very-long-instance-name.service",
      bindings: [{ mapId: 71, mode: PLAIN_MODE }],
      declared: undefined,
      entered: undefined,
      processes: 24,
    },
    {
      cgroup: "/user.slice/user-1000.slice",
      bindings: [{ mapId: 71, mode: PLAIN_MODE }],
      declared: undefined,
      entered: undefined,
      processes: 130,
    },
    {
      cgroup: "/denovrf:wan0:loopback:4026531840",
      bindings: [{ mapId: 74, mode: LOOPBACK }],
      declared: undefined,
      entered: undefined,
      processes: 2,
    },
    {
      cgroup: "/system.slice/ssh.service/vrf/vrf-blue",
      bindings: [],
      declared: undefined,
      entered: "vrf-blue",
      processes: 3,
    },
    {
      cgroup: "/left/behind/vrf/vrf-blue",
      bindings: [],
      declared: undefined,
      entered: "vrf-blue",
      processes: 0,
    },
    {
      cgroup: "/elsewhere",
      bindings: [{ mapId: 99, mode: PLAIN_MODE }],
      declared: undefined,
      entered: undefined,
      processes: 2,
    },
    {
      cgroup: "/system.slice/x.service",
      bindings: [],
      declared: "vrfother",
      entered: undefined,
      processes: 0,
    },
  ],
  { cgroup: () => undefined, device: () => undefined, uptime: 0 },
);
