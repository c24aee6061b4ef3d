/** Packets stay in the VRF, and what is refused is counted. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attachTo } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { openFilter, readFilter } from "../../src/kernel/maps.ts";
import type { Finding } from "../../src/doctor/check.ts";
import { OPEN_MODE, PLAIN_MODE } from "../../src/programs/modes.ts";
import { FILTER, KIND, type Kind } from "../../src/programs/refusals.ts";
import { fakeLibbpf, refusing } from "./fake_libbpf.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  makeNetdev,
  makeWays,
  stop,
} from "./fixture.ts";
import { must, mustSh } from "../shell.ts";
import { PREFIXES, tryWays } from "../sockets/escape.ts";

const WAYS = ["198.51.100.0/24", "2001:db8:51::/64"];

/** What no program of a cgroup sees, and what undoes them. */
const NOT_SEEN = [
  ...["af_packet/4", "af_packet_by_io_uring/4", "bpf_detach/4"],
  ...["cgroup/4", "netns/4", "sock_packet/4", "tun/4"],
];

/** What is meant to be on lo. */
const ON_LOOPBACK = ["own_loopback/4", "own_loopback/6"];

Deno.test("packets leave by no device outside of the VRF, in no mode but the open one", async () => {
  await using _ways = await makeWays(PREFIXES);
  const outside = { device: "def" };
  const command = [...await denovrfCommand(), "exec"];
  for (
    const mode of [[], ["--loopback"], ["--lock"], ["--lock", "--loopback"]]
  ) {
    const { leaks } = await tryWays(outside, [...command, ...mode, "vt0"]);
    const known = mode.includes("--loopback")
      ? [...NOT_SEEN, ...ON_LOOPBACK]
      : NOT_SEEN;
    assertEquals([...leaks.keys()].sort(), known.toSorted(), mode.join(" "));
  }
  const open = await tryWays(outside, [...command, "--open", "vt0"]);
  for (const way of ["udp_so_bindtodevice", "udp_pktinfo", "join_outside"]) {
    assert(open.leaks.has(`${way}/4`), way);
  }
});

Deno.test("packets arrive by no device outside of the VRF", async () => {
  await using _ways = await makeWays(["198.51.100.0/24"]);
  await mustSh("ip -6 address add fe80::5/64 dev def nodad");
  const command = [...await denovrfCommand(), "exec"];
  const hear = async (...mode: string[]) =>
    (await must([
      ...[...command, ...mode, "vt0", "/usr/bin/python3"],
      ...["tests/sockets/hear.py", "def", "vt0"],
    ])).split("\n").sort();
  const deaf = [
    ...["dissolved_raw deaf", "dissolved_udp deaf", "link_local_raw deaf"],
    "own_device deaf",
  ];
  for (
    const mode of [[], ["--loopback"], ["--lock"], ["--lock", "--loopback"]]
  ) {
    assertEquals(await hear(...mode), deaf, mode.join(" "));
  }
  assert((await hear("--open")).includes("own_device heard"));
});

const LOST = [
  ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  ...["/usr/bin/python3", "tests/sockets/lost.py"],
  ...["198.51.100.7", "2001:db8:51::7"],
];

Deno.test("a UDP socket that has lost its device is bound again when it connects, and sends nothing before", async () => {
  await using _ways = await makeWays(WAYS);
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const lines = (await cgroup.run(LOST)).split("\n");
  for (const family of ["v4", "v6"]) {
    assert(lines.includes(`${family} udp connect: ok ok ok vt0`));
    assert(lines.includes(`${family} udp sendto: ok ok EPERM EPERM -`));
  }
});

Deno.test("packets may use a device that is enslaved to the bound one at that moment", async () => {
  await using _ways = await makeWays(["198.51.100.0/24"]);
  await using _master = await makeMaster();
  await using cgroup = Cgroup.make();
  start("master0");
  attachTo("master0", cgroup.path);
  const sendBy = (device: string) =>
    cgroup.run(["/usr/bin/python3", "-c", SEND_BY, device]);
  assertEquals(await sendBy("vt0"), "EPERM");
  await mustSh("ip link set vt0 master master0");
  assertEquals(await sendBy("vt0"), "1");
  assertEquals(await sendBy("def"), "EPERM");
  await mustSh("ip link set vt0 nomaster");
  assertEquals(await sendBy("vt0"), "EPERM");
});

/** A device that others can be enslaved to, in the place of a VRF. */
async function makeMaster(): Promise<AsyncDisposable> {
  await must(["ip", "link", "add", "master0", "type", "bridge"]);
  return {
    async [Symbol.asyncDispose]() {
      stop("master0", true);
      await must(["ip", "link", "delete", "master0"]);
    },
  };
}

/** Sends a datagram by a device that it names, and says how that ended. */
const SEND_BY = `
import errno, socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
info = struct.pack("=i4s4s", socket.if_nametoindex(sys.argv[1]), bytes(4), bytes(4))
try: print(s.sendmsg([b"x"], [(0, 8, info)], 0, ("198.51.100.1", 9)))
except OSError as error: print(errno.errorcode[error.errno])`;

/** Joins groups in every way, on a device or on none, and says how each ended. */
const JOIN = `
import errno, socket, struct, sys
index = socket.if_nametoindex(sys.argv[1]) if len(sys.argv) > 1 else 0
v4, v6 = socket.inet_aton("239.1.2.3"), socket.inet_pton(socket.AF_INET6, "ff0e::7")
group = lambda family, address: struct.pack("=I4x", index) + family + address + bytes(128 - len(family + address))
inet = group(struct.pack("=HH", socket.AF_INET, 0), v4)
inet6 = group(struct.pack("=HHI", socket.AF_INET6, 0, 0), v6)
for name, family, level, option, value in (
    ("mreq", 2, 0, 35, struct.pack("=4s4x", v4)),
    ("mreqn", 2, 0, 35, struct.pack("=4s4xi", v4, index)),
    ("source", 2, 0, 39, struct.pack("=4s4s4s", v4, bytes(4), bytes([192, 0, 2, 9]))),
    ("group", 2, 0, 42, inet),
    ("mreq6", 10, 41, 20, struct.pack("=16si", v6, index)),
    ("group6", 10, 41, 42, inet6),
):
    if name == "mreq" and index: continue
    if name == "source" and index: continue
    s = socket.socket(family, socket.SOCK_DGRAM)
    try: s.setsockopt(level, option, value); print(name, "joined")
    except OSError as error: print(name, errno.errorcode[error.errno])`;

Deno.test("a group is joined on a device of the VRF, on its only port if none is named", async () => {
  await using _ways = await makeWays([]);
  await using _master = await makeMaster();
  await using cgroup = Cgroup.make();
  start("master0");
  attachTo("master0", cgroup.path);
  const join = async (...device: string[]) =>
    (await cgroup.run(["/usr/bin/python3", "-c", JOIN, ...device])).split("\n");
  const each = (result: string) =>
    ["mreqn", "group", "mreq6", "group6"].map((name) => `${name} ${result}`);
  const unnamed = (result: string) => [
    ...[`mreq ${result}`, `mreqn ${result}`, "source ENODEV"],
    ...each(result).slice(1),
  ];
  assertEquals(await join(), unnamed("ENODEV"), "no port");
  await mustSh("ip link set vt0 master master0");
  assertEquals(await join(), unnamed("joined"), "one port");
  assertEquals(await join("vt0"), each("joined"), "a port");
  assertEquals(await join("master0"), each("joined"), "the VRF");
  assertEquals(await join("def"), each("ENODEV"), "outside");
  await mustSh("ip link set def master master0");
  assertEquals(await join(), unnamed("ENODEV"), "two ports");
  assertEquals(await join("def"), each("joined"), "the other port");
});

Deno.test("a join that names no device is one on the VRF's only port", async () => {
  await using _ways = await makeWays([]);
  await using _master = await makeMaster();
  await using cgroup = Cgroup.make();
  await mustSh("ip link set vt0 master master0");
  start("master0");
  attachTo("master0", cgroup.path);
  const script = `
import socket, struct, subprocess
kept = []
for family, level, option, value in (
    (2, 0, 35, struct.pack("=4s4x", socket.inet_aton("239.1.2.3"))),
    (10, 41, 20, struct.pack("=16si", socket.inet_pton(10, "ff0e::7"), 0)),
):
    kept.append(socket.socket(family, socket.SOCK_DGRAM))
    kept[-1].setsockopt(level, option, value)
print(subprocess.check_output(["ip", "-json", "maddress", "show"], text=True))`;
  const shown: { ifname: string; maddr: { address?: string }[] }[] = JSON
    .parse(await cgroup.run(["/usr/bin/python3", "-c", script]));
  for (const group of ["239.1.2.3", "ff0e::7"]) {
    const devices = shown.filter(({ maddr }) =>
      maddr.some(({ address }) => address === group)
    );
    assertEquals(devices.map(({ ifname }) => ifname), ["vt0"], group);
  }
});

/** What the programs of an interface have counted. */
function counts(ifname: string): Record<Kind, number> {
  const value = filterOf(ifname);
  const count = (kind: Kind) =>
    Number(value.getBigUint64(FILTER.refused + 8 * (KIND[kind] - 1), true));
  return {
    socket: count("socket"),
    out: count("out"),
    in: count("in"),
    join: count("join"),
  };
}

function filterOf(ifname: string): DataView {
  using filter = openFilter(ifname);
  assert(filter !== undefined);
  return readFilter(filter);
}

const NONE = { socket: 0, out: 0, in: 0, join: 0 };

Deno.test("what is refused is counted, and of what passes nothing is written", async () => {
  await using _ways = await makeWays(["198.51.100.0/24"]);
  await mustSh("ip -6 address add fe80::5/64 dev def nodad");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const python = (script: string, ...args: string[]) =>
    cgroup.run(["/usr/bin/python3", "-c", script, ...args]);
  await python(SEND_BY, "vt0");
  assertEquals(counts("vt0"), NONE);
  assertEquals(filterOf("vt0").getBigUint64(FILTER.time, true), 0n);

  await python(SEND_BY, "def");
  assertEquals(counts("vt0"), { ...NONE, out: 1 });
  const { ino } = await Deno.stat(cgroup.path);
  assertEquals(
    filterOf("vt0").getBigUint64(FILTER.cgroup, true),
    BigInt(ino ?? 0),
  );

  await python(JOIN, "def");
  assertEquals(counts("vt0").join, 4);

  await cgroup.run(["/usr/bin/python3", "tests/sockets/hear.py", "def", "vt0"]);
  assert(counts("vt0").in > 0);

  await mustSh("ip link delete vt0");
  await denovrf(["start", "vt0"]);
  await python("import socket\ntry: socket.socket()\nexcept OSError: pass");
  assertEquals(counts("vt0").socket, 1);
});

Deno.test("an MPTCP socket is refused and not counted, for Go tries one and goes on", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  assertStringIncludes(await cgroup.probe(), "mptcp4 EPERM");
  assertEquals(counts("vt0").socket, 0);
});

Deno.test("a process sends what it likes in another network namespace", async () => {
  await using _netdev = await makeNetdev("vt0");
  await mustSh("ip link set lo up");
  for (const mode of [[], ["--lock"]]) {
    assertEquals(
      await must([
        ...[...await denovrfCommand(), "exec", ...mode, "vt0"],
        ...["unshare", "--net", "sh", "-ec", 'ip link set lo up; exec "$@"'],
        ...["sh", "python3", "tests/sockets/reach.py", "127.0.0.1"],
      ]),
      "127.0.0.1 here",
    );
  }
});

Deno.test("attachTo() refuses what the filter around would make useless", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using outer = Cgroup.make();
  await using inner = outer.child("inner");
  start("vt0");
  start("vt1");
  const attempt = (ifname: string, mode = PLAIN_MODE) => {
    try {
      attachTo(ifname, inner.path, mode);
      return "attached";
    } catch (error) {
      return String(error).split("is bound ").at(-1);
    }
  };
  attachTo("vt0", outer.path);
  assertEquals(attempt("vt1"), "without --open");
  assertEquals(attempt("vt0", OPEN_MODE), "without --open");
  assertEquals(attempt("vt0"), "attached");
  attachTo("vt0", outer.path, OPEN_MODE);
  assertEquals(attempt("vt1"), "attached");
  assertEquals(attempt("vt0", OPEN_MODE), "attached");
});

Deno.test("without what the filter takes, exec attaches the rest, --lock fails, and doctor says what is open", async () => {
  await using _netdev = await makeNetdev("vt0");
  // As without CAP_PERFMON, or with the kernel locked down.
  await using library = await fakeLibbpf(
    refusing(113, "EINVAL", "unknown func bpf_probe_read_kernel#113\\n"),
  );
  const env = { DENOVRF_LIBBPF: library.path };
  const exec = await denovrf(["exec", "vt0", "echo", "ran"], { env });
  assertEquals([exec.stdout, exec.stderr], ["ran", ""]);
  const lock = await denovrf(["exec", "--lock", "vt0", "echo", "ran"], { env });
  assertEquals([lock.code, lock.stdout], [1, ""]);
  const doctor = await denovrf(["doctor", "--json"], { env });
  const findings: Finding[] = JSON.parse(doctor.stdout);
  assertEquals(
    findings.filter(({ check }) => check === "filter")
      .map(({ level, message }) => [level, message.split("): ")[1]]),
    [
      ["warning", "multicast groups may be joined outside of the VRF"],
      ["warning", "packets may leave outside of the VRF"],
      ["warning", "packets may arrive from outside of the VRF"],
    ],
  );
});

Deno.test("exec fails where a program of the filter cannot be loaded that the kernel can have", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using library = await fakeLibbpf(refusing(113, "ENOMEM", ""));
  const { code, stdout, stderr } = await denovrf(
    ["exec", "vt0", "echo", "ran"],
    { env: { DENOVRF_LIBBPF: library.path } },
  );
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(
    stderr,
    'Cannot load program "setsockopt": Cannot allocate memory',
  );
});
