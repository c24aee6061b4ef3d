import { assertEquals, assertStringIncludes } from "@std/assert";
import type { SocketFinding } from "../../src/inspect/verification.ts";
import type { VrfReport } from "../../src/inspect/vrf_report.ts";
import { must, mustSh, run } from "../shell.ts";
import { unit, until } from "./guest.ts";
import { makeBareVrf, Probe } from "./probe.ts";

await must(["denovrf", "install"]);

async function list(): Promise<VrfReport[]> {
  return JSON.parse(await must(["denovrf", "list", "--json"]));
}

async function verify(...units: string[]) {
  const { code, stdout, stderr } = await run([
    ...["denovrf", "verify", "--json"],
    ...units,
  ]);
  assertEquals(stderr, "");
  const findings: SocketFinding[] = JSON.parse(stdout);
  return { code, findings };
}

Deno.test("list, identify, pids and verify see a unit from its start to its VRF's end", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  await using _idle = await makeBareVrf("vrfidle", 20);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--follow", "--now", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  const pid = await probe.pid();

  // What others have bound keeps its binding until the next boot.
  const reports = await list();
  const idle = reports.find(({ ifname }) => ifname === "vrfidle");
  const bound = reports.find(({ ifname }) => ifname === "vrfred");
  assertEquals([idle?.ifname, idle?.state, idle?.table], [
    ...["vrfidle", "unbound"],
    20,
  ]);
  assertEquals([bound?.ifname, bound?.state, bound?.table, bound?.cgroups], [
    ...["vrfred", "bound"],
    10,
    [{
      path: "/system.slice/probe.service",
      unit: "probe.service",
      attached: true,
      open: false,
      loopback: false,
      lock: false,
      processes: 1,
    }],
  ]);
  assertEquals(await must(["denovrf", "identify", pid]), "vrfred");
  assertEquals(
    (await must(["denovrf", "pids", "vrfred"])).trim(),
    `${pid}  python3`,
  );
  assertEquals(await verify(), { code: 0, findings: [] });

  await must(["ip", "link", "delete", "vrfred"]);
  const gone = await list();
  assertEquals(
    gone.find(({ ifname }) => ifname === "vrfred")?.state,
    "absent",
  );
  await must(["denovrf", "unbind", "--now", "probe"]);
});

/** Sends an IP socket over a unix socket, and receives one. */
const PASS = `
import socket, sys, time
path = "/run/denovrf-pass.socket"
if sys.argv[1] == "send":
    server = socket.create_server(path, family=socket.AF_UNIX)
    passed = socket.create_server(("127.0.0.1", 7010))
    print(flush=True)
    connection, _ = server.accept()
    socket.send_fds(connection, [b"x"], [passed.fileno()])
else:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    _, fds, _, _ = socket.recv_fds(connection, 1, 1)
time.sleep(1000)
`;

Deno.test("verify finds each planted leak, and nothing besides", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await Deno.writeTextFile("/run/denovrf-pass.py", PASS);

  // A socket that was made outside and inherited.
  const inherits = new Deno.Command("python3", {
    args: [
      "-c",
      `import os, socket
s = socket.create_server(("127.0.0.1", 7011)); os.set_inheritable(s.fileno(), True)
os.execvp("denovrf", ["denovrf", "exec", "vrfred", "sleep", "1000"])`,
    ],
  }).spawn();
  // One that is passed to a bound unit.
  const sender = new Deno.Command("python3", {
    args: ["/run/denovrf-pass.py", "send"],
    stdout: "piped",
  }).spawn();
  await sender.stdout.getReader().read();
  await using _receiver = await unit(
    "receiver.service",
    "[Service]\nExecStart=/usr/bin/python3 /run/denovrf-pass.py receive\n",
  );
  await must(["denovrf", "bind", "--now", "receiver", "vrfred"]);
  // A unit that was started while its drop-in was missing.
  await using _probe = await unit(
    "probe.service",
    "[Service]\nExecStart=/usr/bin/python3 -c 'import socket, time; s = socket.create_server((\"127.0.0.1\", 7012)); time.sleep(1000)'\n",
  );
  await must(["denovrf", "bind", "probe", "vrfred"]);
  await must(["rm", "/etc/systemd/system/probe.service.d/50-denovrf.conf"]);
  await must(["systemctl", "daemon-reload"]);
  await must(["systemctl", "start", "probe"]);

  await until(
    "all three are there",
    async () => (await verify()).findings.length === 3,
  );
  const { code, findings } = await verify();
  assertEquals(code, 1);
  // exec leaves its command in the unit of its caller.
  const own = await mustSh("sed -n 's|^0::.*/||p' /proc/self/cgroup");
  const found = findings.map((
    { unit, process, protocol, local, device, vrf },
  ) => [
    unit === own ? "the unit of the tests" : unit,
    process,
    protocol,
    local,
    device,
    vrf,
  ]).toSorted();
  assertEquals(found, [
    ["probe.service", "python3", "tcp", "127.0.0.1:7012", null, "vrfred"],
    ["receiver.service", "python3", "tcp", "127.0.0.1:7010", null, "vrfred"],
    ["the unit of the tests", "sleep", "tcp", "127.0.0.1:7011", null, "vrfred"],
  ]);
  assertEquals((await verify("receiver")).findings.length, 1);
  const other = await run(["denovrf", "verify", "dbus.service"]);
  assertEquals(other.code, 1);
  assertStringIncludes(other.stderr, "it is not in a VRF");
  const probeRow = (await list()).find(({ ifname }) => ifname === "vrfred")
    ?.cgroups.find(({ unit }) => unit === "probe.service");
  assertEquals(probeRow?.attached, false);

  inherits.kill("SIGKILL");
  sender.kill("SIGKILL");
  await inherits.status;
  await sender.status;
  await must(["denovrf", "bind", "probe", "vrfred"]);
  for (const name of ["probe", "receiver"]) {
    await must(["denovrf", "unbind", name]);
    await must(["systemctl", "stop", name]);
  }
  assertEquals((await verify()).code, 0);
});
