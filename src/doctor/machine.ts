/** Checks of what denovrf needs of the machine. */

import { assertBpffs, isBpffsOpenToOthers } from "../kernel/bpffs.ts";
import { BPFFS } from "../kernel/pins.ts";
import { assertWorks } from "../kernel/probe.ts";
import { libbpfVersion } from "../bpf/library.ts";
import {
  assertCgroup2Mounted,
  cgroupPath,
  visibleRoot,
} from "../cgroup/cgroup.ts";
import { controllersOfV1 } from "../cgroup/mountinfo.ts";
import {
  type Check,
  NOT_BOOTED,
  problem,
  problemOf,
  warning,
} from "./check.ts";
import { lookAtFilter } from "./filter.ts";
import { iproute2Version, listNetdevs } from "../iproute2/netdev.ts";
import { quote } from "../messages/quote.ts";
import { exists, readText } from "../os/files.ts";
import { PLAIN_MODE } from "../programs/modes.ts";
import {
  FIRST_WITH_BPF_PROGRAM,
  isBooted,
  systemdVersion,
} from "../systemd/systemctl.ts";

/** In this order, for each needs those before it. */
export const MACHINE_CHECKS: readonly Check[] = [
  { name: "libbpf", look: () => libbpfVersion() },
  {
    name: "iproute2",
    look: () => {
      const vrfs = listNetdevs().filter(({ kind }) => kind === "vrf").length;
      return `${iproute2Version()}; VRFs: ${vrfs}`;
    },
  },
  {
    name: "bpffs",
    look: lookAtBpffs,
  },
  { name: "cgroup2", look: lookAtCgroups },
  {
    name: "kernel",
    look: () => {
      assertWorks(PLAIN_MODE);
      return "a test socket was bound";
    },
  },
  { name: "filter", look: lookAtFilter },
  { name: "modes", look: lookAtModes },
  { name: "systemd", look: lookAtSystemd },
  { name: "udev", look: () => isBooted() ? lookAtUdev() : NOT_BOOTED },
  { name: "sysctl", look: lookAtSysctls },
];

function lookAtBpffs() {
  assertBpffs();
  if (!isBpffsOpenToOthers()) return "mounted";
  return [
    warning(
      `Others than root may write to "${BPFFS}", and keep denovrf from starting VRFs`,
      `Let only root in: chmod 0700 ${BPFFS}`,
    ),
  ];
}

function lookAtCgroups() {
  const mountinfo = readText("/proc/self/mountinfo");
  assertCgroup2Mounted();
  const old = controllersOfV1(mountinfo);
  const net = old.filter((name) => /^net_(?:cls|prio)$/.test(name));
  if (net.length > 0) {
    return [
      warning(
        `cgroup v1 has ${
          net.join(" and ")
        }: before Linux 5.16, this hides sockets from BPF programs`,
        "Boot without cgroup v1: systemd.unified_cgroup_hierarchy=1",
      ),
    ];
  }
  const mountPoint = cgroupPath(visibleRoot());
  if (mountPoint === "/sys/fs/cgroup") return "the only hierarchy";
  return [
    warning(
      `cgroup2 is at ${
        quote(mountPoint)
      }, beside cgroup v1, but systemd attaches programs only to cgroup2`,
      "Boot without cgroup v1: systemd.unified_cgroup_hierarchy=1",
    ),
  ];
}

/** A mode that does not work is only a warning, for it may not be needed. */
function lookAtModes() {
  // If not even these can be loaded, nothing is known of the others.
  assertWorks(PLAIN_MODE);
  try {
    assertWorks({ ...PLAIN_MODE, loopback: true, lock: true });
    return "--loopback and --lock can be used";
  } catch (error) {
    const remedy = "Bind without --loopback and --lock";
    return [{ ...problemOf(error), level: "warning" as const, remedy }];
  }
}

function lookAtSystemd() {
  if (!isBooted()) {
    return [
      warning(
        "Not PID 1 here: only denovrf exec works",
        "Boot with systemd to bind units",
      ),
    ];
  }
  const version = systemdVersion();
  if (version >= FIRST_WITH_BPF_PROGRAM) return `${version}`;
  return [
    problem(
      `systemd ${version} does not support BPFProgram=`,
      `It requires systemd ${FIRST_WITH_BPF_PROGRAM} or later`,
    ),
  ];
}

function lookAtUdev() {
  if (exists("/run/udev/control")) return "running";
  return [
    problem(
      "Not running: bindings do not follow their interfaces",
      "Start it: systemctl start systemd-udevd",
    ),
  ];
}

function lookAtSysctls() {
  // Not raw_l3mdev_accept, which is 1 by default.
  return ["tcp", "udp"].flatMap((protocol) => {
    const name = `net.ipv4.${protocol}_l3mdev_accept`;
    const path = `/proc/sys/${name.replaceAll(".", "/")}`;
    if (!exists(path) || readText(path).trim() !== "1") return [];
    return [
      warning(
        `${name} is 1: unbound ${protocol} sockets accept traffic from every VRF`,
        `If nothing depends on it: sysctl -w ${name}=0`,
      ),
    ];
  });
}
