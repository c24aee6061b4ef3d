/** What keeps sockets in the VRF that have no device, or name another one. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { attachTo, detachFrom } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { attachedPrograms } from "../../src/bpf/libbpf.ts";
import { HOOKS } from "../../src/bpf/spec.ts";
import type { Finding } from "../../src/doctor/check.ts";
import { open as openFile } from "../../src/os/files.ts";
import { GUARDS } from "../../src/programs/guards.ts";
import { fakeLibbpf, notAttaching, refusing } from "./fake_libbpf.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  makeNetdev,
  makeWays,
  pins,
} from "./fixture.ts";
import { must, mustSh } from "../shell.ts";

const LOST = [
  ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  ...["/usr/bin/python3", "tests/sockets/lost.py"],
  ...["198.51.100.7", "2001:db8:51::7"],
];

const SCOPE = ["python3", "tests/sockets/scope.py"];

const WAYS = ["198.51.100.0/24", "2001:db8:51::/64"];

/** What is said of the cases that a kernel with its BPF security module closes. */
const BY_SECURITY_MODULE = /^v. (?:udp of a port|udplite connect|ping):/;

Deno.test("a UDP socket that has lost its device is bound again when it is used", async () => {
  await using _ways = await makeWays(WAYS);
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const lines = (await cgroup.run(LOST)).split("\n")
    .filter((line) => !BY_SECURITY_MODULE.test(line));
  assertEquals(
    lines,
    ["v4", "v6"].flatMap((family) => [
      `${family} udp bind: ok ok ok vt0`,
      `${family} udp connect: ok ok ok vt0`,
      `${family} udp sendto: ok ok EINTR ok vt0`,
    ]),
  );
});

Deno.test("a socket that has lost its device in an inner VRF is bound to that one again", async () => {
  await using _ways = await makeWays(WAYS);
  await using outer = Cgroup.make();
  await using inner = outer.child("inner");
  start("def");
  start("vt0");
  attachTo("def", outer.path);
  attachTo("vt0", inner.path);
  const lines = (await inner.run(LOST)).split("\n")
    .filter((line) => !BY_SECURITY_MODULE.test(line));
  assertEquals(
    lines.map((line) => line.split(" ").at(-1)),
    Array(6).fill("vt0"),
  );
});

Deno.test("a socket that has lost its device is refused while the VRF is gone", async () => {
  await using _ways = await makeWays(WAYS);
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const script = `
import errno, socket, subprocess, sys
sys.path.append("tests/sockets")
import raw
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.connect(("198.51.100.7", 9))
raw.disconnect(made)
subprocess.run(["ip", "link", "delete", "vt0"], check=True)
subprocess.run(sys.argv[1:], check=False, capture_output=True)
for call in made.connect, lambda address: made.sendto(b"x", address), made.bind:
    try: print(call(("198.51.100.7", 9)))
    except OSError as error: print(errno.errorcode[error.errno])`;
  assertEquals(
    await cgroup.run([
      ...["python3", "-c", script, ...await denovrfCommand()],
      ...["stop", "vt0"],
    ]),
    "EPERM\nEPERM\nEPERM",
  );
});

/** A device for which another stands as the VRF, and one outside. */
async function makeScopes(): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  stack.use(await makeNetdev("vt0"));
  stack.use(await makeNetdev("out0"));
  await must(["ip", "link", "add", "master0", "type", "bridge"]);
  stack.defer(async () => void await must(["ip", "link", "delete", "master0"]));
  await mustSh(`
ip link set vt0 master master0
for name in vt0 out0 master0; do
  ip link set $name addrgenmode none up
  ip -6 address add fe80::5/64 dev $name nodad
done`);
  return stack;
}

const INSIDE = (device: string) => [
  ...[`${device} bind ok ${device}`, `${device} bind_multicast ok ${device}`],
];

Deno.test("a link-local address has the scope of a device in the VRF, or is refused", async () => {
  await using _scopes = await makeScopes();
  await using cgroup = Cgroup.make();
  start("master0");
  for (const mode of [false, true]) {
    attachTo("master0", cgroup.path, { loopback: mode, lock: false });
    const lines = (await cgroup.run([...SCOPE, "vt0", "master0", "out0"]))
      .split("\n");
    assertEquals(lines.filter((line) => / bind/.test(line)), [
      ...INSIDE("vt0"),
      ...INSIDE("master0"),
      "out0 bind EADDRNOTAVAIL master0",
      "out0 bind_multicast EADDRNOTAVAIL master0",
    ]);
    const words = (call: string) => lines.find((line) => line.startsWith(call));
    assertEquals(words("vt0 sendto"), "vt0 sendto ok master0");
    assertEquals(words("master0 sendto"), "master0 sendto ok master0");
    assertEquals(words("out0 sendto"), "out0 sendto ENETUNREACH master0");
    // This is the kernel's own.
    assertEquals(words("out0 connect"), "out0 connect EINVAL master0");
  }
});

Deno.test("a link-local address inside of another VRF is that one's matter", async () => {
  await using _scopes = await makeScopes();
  await using _other = await makeNetdev("other0");
  await using outer = Cgroup.make();
  await using inner = outer.child("inner");
  start("other0");
  start("master0");
  attachTo("other0", outer.path);
  attachTo("master0", inner.path);
  const lines = (await inner.run([...SCOPE, "vt0", "out0"])).split("\n");
  assertEquals(lines.slice(0, 3), [
    ...INSIDE("vt0"),
    "vt0 sendto ok master0",
  ]);
  assertEquals(lines[4], "out0 bind EADDRNOTAVAIL master0");
});

Deno.test("a device that a process has named itself stays its own, with its scope", async () => {
  await using _scopes = await makeScopes();
  await using cgroup = Cgroup.make();
  start("master0");
  attachTo("master0", cgroup.path);
  const script = `
import socket
made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"out0")
made.bind(("fe80::5", 0, 0, socket.if_nametoindex("out0")))
made.sendto(b"x", ("ff02::1", 9, 0, socket.if_nametoindex("out0")))
print("sent")`;
  assertEquals(await cgroup.run(["python3", "-c", script]), "sent");
});

Deno.test("the guards leave another network namespace alone", async () => {
  await using _scopes = await makeScopes();
  await using cgroup = Cgroup.make();
  start("master0");
  attachTo("master0", cgroup.path);
  const script = `
ip link add vt0 type veth; ip link set vt0 addrgenmode none up
ip -6 address add fe80::5/64 dev vt0 nodad
exec "$@"`;
  const lines = (await cgroup.run([
    ...["unshare", "--net", "sh", "-ec", script, "sh", ...SCOPE, "vt0"],
  ])).split("\n");
  assertEquals(lines.slice(0, 3), [...INSIDE("vt0"), "vt0 sendto ok -"]);
});

Deno.test("attachTo() attaches each guard once, detachFrom() none, and nothing is pinned", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const before = guardsAt(cgroup.path);
  attachTo("vt0", cgroup.path);
  assertEquals(guardsAt(cgroup.path), before);
  assertEquals(before.length, new Set(before).size);
  assertEquals(before.includes("denovrf_gd_c4."), true);
  attachTo("vt0", cgroup.path, { loopback: true, lock: false });
  assertEquals(guardsAt(cgroup.path).includes("denovrf_gd_c4."), false);
  assertEquals(guardsAt(cgroup.path).includes("denovrf_gd_sb."), true);
  detachFrom(cgroup.path);
  assertEquals(guardsAt(cgroup.path), []);
  assertEquals((await pins()).filter((pin) => pin.includes("guard")), []);
});

function guardsAt(path: string): string[] {
  using cgroup = openFile(path);
  const types = [...new Set(GUARDS.map(({ attachType }) => attachType))];
  return types.flatMap((type) => attachedPrograms(cgroup, type))
    .map(({ name }) => name).filter((name) => name.startsWith("denovrf_gd_"))
    .sort();
}

Deno.test("where the kernel lacks what guards take, the rest is attached, and doctor says what is open", async () => {
  await using _ways = await makeWays(WAYS);
  // Linux before 5.18 has no bpf_set_retval().
  await using library = await fakeLibbpf(
    refusing(187, "EINVAL", "unknown func bpf_set_retval#187\\n"),
  );
  const env = { DENOVRF_LIBBPF: library.path };
  const { stdout, stderr } = await denovrf(
    [
      "exec",
      "vt0",
      "python3",
      "tests/sockets/lost.py",
      "198.51.100.7",
      "2001:db8:51::7",
    ],
    { env },
  );
  assertStringIncludes(stdout, "v4 udp bind: ok ok ok vt0", stderr);
  const doctor = await denovrf(["doctor", "--json"], { env });
  const findings: Finding[] = JSON.parse(doctor.stdout);
  const open = findings.filter(({ check }) => check === "guards");
  assertEquals([...new Set(open.map(({ level }) => level))], ["warning"]);
  assertStringIncludes(
    open.map(({ message }) => message).join("\n"),
    'Cannot load program "guard/scope_bind6": Invalid argument (unknown func bpf_set_retval#187): a link-local address takes',
  );
});

Deno.test("where the architecture cannot attach a guard, the rest is attached, and doctor says what is open", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using library = await fakeLibbpf(
    notAttaching(HOOKS.bind6.attachType),
  );
  const env = { DENOVRF_LIBBPF: library.path };
  const exec = await denovrf(["exec", "vt0", "echo", "ran"], { env });
  assertEquals([exec.stdout, exec.stderr], ["ran", ""]);
  const doctor = await denovrf(["doctor", "--json"], { env });
  const findings: Finding[] = JSON.parse(doctor.stdout);
  assertStringIncludes(
    findings.map(({ message }) => message).join("\n"),
    "Cannot attach program to cgroup: Operation not supported: a link-local address takes",
  );
});

Deno.test("exec fails where the architecture cannot attach a mode's own program", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using library = await fakeLibbpf(
    notAttaching(HOOKS.sock_create.attachType),
  );
  const { code, stdout } = await denovrf(["exec", "vt0", "echo", "ran"], {
    env: { DENOVRF_LIBBPF: library.path },
  });
  assertEquals([code, stdout], [1, ""]);
});

Deno.test("exec fails where a guard cannot be loaded that the kernel can have", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using library = await fakeLibbpf(refusing(187, "ENOMEM", ""));
  const { code, stdout, stderr } = await denovrf(
    ["exec", "vt0", "echo", "ran"],
    {
      env: { DENOVRF_LIBBPF: library.path },
    },
  );
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(
    stderr,
    'Cannot load program "guard/sendmsg4": Cannot allocate memory',
  );
});
