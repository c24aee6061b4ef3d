/** Sockets that are not in the VRF of their process. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { start } from "../../src/kernel/binding.ts";
import type { VrfReport } from "../../src/inspect/vrf_report.ts";
import { must, mustSh } from "../shell.ts";
import { Cgroup, denovrf, denovrfCommand, makeNetdev } from "./fixture.ts";

/** Runs Python in a VRF with sockets of its own and one from outside. */
async function verifyIn(
  vrf: string,
  outside: string,
  inside: string,
  mode = "--verbose",
) {
  const script = `
import socket, os, subprocess, sys
${outside}
for s in list(globals().values()):
    if isinstance(s, socket.socket): os.set_inheritable(s.fileno(), True)
inner = """
import socket, subprocess, sys
${inside}
sys.exit(subprocess.run(sys.argv[1:]).returncode)
"""
words = sys.argv[1:]
sys.exit(subprocess.run([*words, "exec", "${mode}", "${vrf}", "python3", "-c", inner,
    *words, "verify", "--json"], close_fds=False).returncode)`;
  const output = await new Deno.Command("python3", {
    args: ["-c", script, ...await denovrfCommand()],
    stdin: "null",
  }).output();
  const stdout = new TextDecoder().decode(output.stdout);
  return { code: output.code, findings: JSON.parse(stdout) };
}

Deno.test("verify finds nothing where every socket is in its VRF", async () => {
  await using _vt0 = await makeNetdev("vt0");
  const { code, findings } = await verifyIn(
    "vt0",
    "u, v = socket.socketpair()",
    "s = socket.socket(); u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
  );
  assertEquals([code, findings], [0, []]);
});

Deno.test("verify finds sockets that were inherited, bound, connected or neither", async () => {
  await using _vt0 = await makeNetdev("vt0");
  const { code, findings } = await verifyIn(
    "vt0",
    `
a = socket.create_server(("127.0.0.1", 7001))
b = socket.create_connection(("127.0.0.1", 7001))
c = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
d = socket.socket(); d.setsockopt(socket.SOL_SOCKET, 25, b"lo")`,
    "s = socket.socket()",
  );
  assertEquals(code, 1);
  assertEquals(
    findings.map((
      { protocol, local, remote, device, vrf, process }: Record<string, string>,
    ) => [
      protocol,
      local?.replace(/:\d{5}$/, ":PORT"),
      remote,
      device,
      vrf,
      process,
    ]),
    [
      ["tcp", "127.0.0.1:7001", "*", null, "vt0", "python3"],
      ["tcp", "127.0.0.1:PORT", "127.0.0.1:7001", null, "vt0", "python3"],
      ["udp", "[::]:*", "*", null, "vt0", "python3"],
      ["tcp", "0.0.0.0:*", "*", "lo", "vt0", "python3"],
    ],
  );
});

Deno.test("verify takes the name of a scope, and tells of one that is in no VRF", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  await using scope = cgroup.child("session-7.scope");
  start("vt0");
  scope.attach("vt0");
  const words = await denovrfCommand();
  const name = "session-7.scope";
  assertStringIncludes(
    await scope.run([...words, "verify", name]),
    "All sockets are in their VRFs",
  );
  const { code, stderr } = await denovrf(["verify", "other.scope"]);
  assertEquals([code, stderr], [
    1,
    'denovrf: Cannot verify "other.scope": it is not in a VRF',
  ]);
  assertStringIncludes(
    (await denovrf(["verify", "other"])).stderr,
    "Bind it first: denovrf bind other.service VRF",
  );
});

Deno.test("list and verify show where what has left its unit's VRF is", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using tests = Cgroup.make();
  await using service = tests.child("probe.service");
  // As ip vrf exec makes them, which takes a kernel with VRFs.
  await using directory = service.child("vrf");
  await using entered = directory.child("vt1");
  start("vt0");
  start("vt1");
  service.attach("vt0");
  const words = await denovrfCommand();
  const script = `
import json, socket, subprocess, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, 25, b"vt1")
for verb in ["verify", "list"]:
    run = subprocess.run([*sys.argv[1:], verb, "--json"], capture_output=True)
    print(json.dumps([run.returncode, json.loads(run.stdout)]))`;
  const output = await entered.run(["python3", "-c", script, ...words]);
  const [verified, listed] = output.split("\n").map((line) => JSON.parse(line));
  const [code, findings] = verified;
  assertEquals(code, 0);
  assertEquals(
    findings.map((
      { state, unit, device, vrf }: Record<string, string>,
    ) => [state, unit, device, vrf]),
    [["elsewhere", "probe.service", "vt1", "vt0"]],
  );
  const [, reports]: [number, VrfReport[]] = listed;
  assertEquals(
    reports.map(({ ifname, cgroups }) => [
      ifname,
      ...cgroups.map(({ processes }) => processes > 0),
    ]),
    [["vt0", false], ["vt1", true]],
  );
});

Deno.test("verify tells of the kernel's own sockets, which are in no VRF", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await mustSh("ip link add vx0 type vxlan id 7 dstport 4789 dev vt0");
  await mustSh("ip link set vx0 up");
  const { code, stderr } = await denovrf(["verify"]);
  await mustSh("ip link delete vx0");
  assertEquals(
    [code, stderr],
    [
      0,
      "denovrf: Note: udp 0.0.0.0:4789 is the kernel's own socket, and in no VRF",
    ],
  );
});

Deno.test("verify tells what is unused in the loopback mode from what is outside", async () => {
  await using _vt0 = await makeNetdev("vt0");
  const { code, findings } = await verifyIn(
    "vt0",
    `
a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(("0.0.0.0", 7003))`,
    `
b = socket.create_server(("127.0.0.1", 7001))
c = socket.create_connection(("127.0.0.1", 7001))
d = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
e = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); e.sendto(b"x", ("127.0.0.1", 9))
f = socket.create_server(("0.0.0.0", 7002))`,
    "--loopback",
  );
  assertEquals(code, 1);
  assertEquals(
    findings.map((
      { state, protocol, local }: Record<string, string>,
    ) => [state, protocol, local]).toSorted(),
    [
      ["outside", "udp", "0.0.0.0:7003"],
      ["unused", "udp", "[::]:*"],
    ],
  );
});

/** Runs a command with a terminal as its stderr, and prints what that got. */
const ON_TERMINAL = `
import os, pty, subprocess, sys
outer, inner = pty.openpty()
code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=inner)
os.close(inner)
try:
    while text := os.read(outer, 1000): print(ascii(text.decode()))
except OSError: pass`;

Deno.test("verify says on a terminal what takes time, and erases it", async () => {
  const words = await denovrfCommand();
  const shown = await must(["python3", "-c", ON_TERMINAL, ...words, "verify"]);
  assertEquals(
    shown.split("\n").map((line) => line.slice(1, -1)).join(""),
    String.raw`Checking sockets (processes: 0) \u2026\r\x1b[K`,
  );
  assertEquals((await denovrf(["verify"])).stderr, "");
});

Deno.test("verify leaves sockets in other network namespaces alone", async () => {
  await using _vt0 = await makeNetdev("vt0");
  const words = (await denovrfCommand()).join(" ");
  const { code, stdout, stderr } = await denovrf([
    ...["exec", "vt0", "sh", "-c"],
    `unshare --net python3 -c '
import signal, socket
s = socket.socket()
signal.pause()' &
until ls -l /proc/$!/fd 2>/dev/null | grep -q socket:; do :; done
${words} verify; status=$?; kill $!; exit $status`,
  ]);
  assertEquals([code, stderr], [0, ""], stdout);
});
