import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustFail, run } from "../shell.ts";
import { unit, unitFiles, untilActive, untilNoJobs } from "./guest.ts";
import { assertNeverOutside, makeBareVrf, Probe } from "./probe.ts";

const DAEMON = "/usr/bin/python3 /payload/tests/system/daemon.py";

await must(["denovrf", "install"]);

Deno.test("bind writes one drop-in and unbind takes out exactly what bind put in", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  const before = await unitFiles();
  assertEquals(
    await must(["denovrf", "bind", "probe", "vrfred"]),
    "/etc/systemd/system/probe.service.d/50-denovrf.conf",
  );
  assertEquals(
    await must(["systemctl", "is-enabled", "denovrf@vrfred"]),
    "enabled",
  );
  assertEquals(
    await run(["systemd-analyze", "verify", "probe.service"]),
    { code: 0, stdout: "", stderr: "" },
  );
  await must(["denovrf", "unbind", "probe"]);
  assertEquals(await unitFiles(), before);

  // An instance that the person has enabled stays enabled.
  await must(["systemctl", "enable", "--quiet", "denovrf@vrfred"]);
  await must(["denovrf", "bind", "--runtime", "probe.service", "vrfred"]);
  await Deno.lstat("/run/systemd/system/probe.service.d/50-denovrf.conf");
  await must(["denovrf", "unbind", "probe"]);
  assertEquals(
    await must(["systemctl", "is-enabled", "denovrf@vrfred"]),
    "enabled",
  );
  await must(["systemctl", "disable", "--quiet", "--now", "denovrf@vrfred"]);
  assertEquals(await unitFiles(), before);
});

Deno.test("bind to another VRF replaces the binding", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  await using _blue = await makeBareVrf("vrf-blue", 20);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  const before = await unitFiles();
  await must(["denovrf", "bind", "--now", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await must(["denovrf", "bind", "--now", "probe", "vrf-blue"]);
  await probe.untilOn("vrf-blue");
  assertEquals(
    (await run(["systemctl", "is-enabled", "denovrf@vrfred"])).stdout,
    "disabled",
  );
  await must(["denovrf", "unbind", "--now", "probe"]);
  await probe.untilOn("UNBOUND");
  assertEquals(await unitFiles(), before);
});

Deno.test("bind refuses what cannot be bound, and writes nothing", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await must(["systemctl", "mask", "--quiet", "--runtime", "masked.service"]);
  const before = await unitFiles();
  const cases: [args: string[], status: number, message: string][] = [
    [
      ["nosuch", "vrfred"],
      1,
      'Cannot bind "nosuch.service": there is no such unit',
    ],
    [
      ["nosuch@", "vrfred"],
      1,
      'Cannot bind "nosuch@.service": there is no such unit',
    ],
    [["masked", "vrfred"], 1, 'Cannot bind "masked.service": it is masked'],
    [
      ["x.timer", "vrfred"],
      2,
      'Cannot bind "x.timer": a timer makes no sockets',
    ],
    [["system.slice", "vrfred"], 1, 'Cannot bind "system.slice"'],
    [["dbus", "vrfgreen"], 1, 'Cannot find interface "vrfgreen"'],
    [["dbus", "vrf/red"], 1, 'Cannot use "vrf/red" as an interface name'],
    [
      ["--force", "dbus", "vrf/red"],
      1,
      'Cannot use "vrf/red" as an interface name',
    ],
    [["dbus"], 2, "Missing argument: VRF"],
    [["dbus", "vrfred", "x"], 2, 'Unexpected argument "x"'],
  ];
  for (const [args, status, message] of cases) {
    const { code, stderr } = await run(["denovrf", "bind", ...args]);
    assertEquals([args, code], [args, status]);
    assertStringIncludes(stderr, `denovrf: ${message}`);
  }
  assertEquals(await unitFiles(), before);
  await must(["systemctl", "unmask", "--quiet", "--runtime", "masked.service"]);
});

Deno.test("bind --force has a unit wait for a VRF that does not exist yet", async () => {
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--force", "probe", "vrfred"]);
  assertEquals((await run(["systemctl", "start", "probe"])).code, 1);
  {
    await using _vrf = await makeBareVrf("vrfred", 10);
    await probe.untilOn("vrfred");
    // What follows the VRF has nothing to restart: the unit came up with it.
    await untilNoJobs();
    assertEquals((await probe.pids()).length, 1);
    await must(["denovrf", "unbind", "probe"]);
  }
  await assertNeverOutside(probe);
});

Deno.test("bind has a socket unit listen in the VRF, also when it is started again", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await using _socket = await unit(
    "listen.socket",
    "[Socket]\nListenStream=7020\nListenDatagram=7020\nAccept=no\n",
  );
  await using _service = await unit(
    "listen.service",
    `[Service]\nExecStart=${DAEMON} serve 1 x\n`,
  );
  await must(["denovrf", "bind", "listen.socket", "vrfred"]);
  for (const action of ["start", "restart", "restart"]) {
    await must(["systemctl", action, "listen.socket"]);
    const sockets = await must(["ss", "-Hltun", "sport = 7020"]);
    assertEquals(
      sockets.split("\n").map((line) => line.split(/\s+/)[4]),
      ["*%vrfred:7020", "*%vrfred:7020"],
    );
    await must(["systemctl", "daemon-reload"]);
  }
  await must(["denovrf", "unbind", "listen.socket"]);
});

Deno.test("bind of a slice has its units in the VRF, also after a daemon-reload", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await using _slice = await unit("tenants.slice", "[Slice]\n");
  const probe = new Probe("probe");
  await using _unit = await probe.unit("Slice=tenants.slice\n");
  await must(["denovrf", "bind", "tenants.slice", "vrfred"]);
  for (let i = 0; i < 2; i++) {
    await must(["systemctl", "restart", "tenants.slice"]);
    await must(["systemctl", "restart", "probe"]);
    await probe.untilOn("vrfred");
    await must(["systemctl", "daemon-reload"]);
  }
  await assertNeverOutside(probe);
  await must(["systemctl", "stop", "probe", "tenants.slice"]);
  await must(["denovrf", "unbind", "tenants.slice"]);
});

Deno.test("bind of a template binds all its instances", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await using _template = await unit(
    "many@.service",
    "[Service]\nExecStart=/usr/bin/python3 /payload/tests/system/probe_loop.py /run/%p-%i.log\n",
  );
  await must(["denovrf", "bind", "many@", "vrfred"]);
  const probe = new Probe("many-a\\x2db");
  await Deno.writeTextFile(probe.log, "");
  await must(["systemctl", "start", "many@a\\x2db"]);
  await probe.untilOn("vrfred");
  await must(["systemctl", "stop", "many@a\\x2db"]);
  await assertNeverOutside(probe);
  await must(["denovrf", "unbind", "many@"]);
});

Deno.test("bind refuses a unit that enters another VRF by itself, and tells what has no effect", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  await using _blue = await makeBareVrf("vrfblue", 11);
  await using _other = await unit(
    "other.service",
    "[Service]\nExecStart=/sbin/ip vrf exec vrfblue sleep infinity\n",
  );
  await using _private = await unit(
    "private.service",
    "[Service]\nPrivateNetwork=yes\nExecStart=/bin/sleep infinity\n",
  );
  const before = await unitFiles();
  const { stderr } = await mustFail(["denovrf", "bind", "other", "vrfred"]);
  assertStringIncludes(stderr, '"other.service" enters "vrfblue" by itself');
  assertEquals(await unitFiles(), before);
  const forced = await run(["denovrf", "bind", "--force", "other", "vrfred"]);
  assertEquals(forced.code, 0, forced.stderr);
  const doctor = await run(["denovrf", "doctor"]);
  assertStringIncludes(doctor.stdout, '"other.service" enters "vrfblue"');
  await must(["denovrf", "unbind", "other"]);

  const noted = await run(["denovrf", "bind", "private", "vrfred"]);
  assertEquals(noted.code, 0, noted.stderr);
  assertStringIncludes(noted.stderr, "PrivateNetwork=");
  const moved = await run(["denovrf", "bind", "private", "vrfblue"]);
  assertStringIncludes(moved.stderr, '"private.service" was bound to "vrfred"');
  await must(["denovrf", "unbind", "private"]);
  assertEquals(await unitFiles(), before);
});

Deno.test("bind --now of a unit that does not start shows its journal, and the way back", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  // It ends when the journal has what it said: journald takes its time.
  const script = "/run/local.sh";
  await Deno.writeTextFile(
    script,
    `/usr/bin/python3 -c 'import socket; socket.create_server(("127.0.0.1", 7031))' && exit
until journalctl --quiet --unit local | grep -q "Cannot assign"; do sleep 0.2; done
exit 1
`,
  );
  await using _unit = await unit(
    "local.service",
    `[Service]\nExecStartPre=/bin/sh ${script}\nExecStart=/bin/sleep infinity\n`,
  );
  await must(["systemctl", "start", "local"]);
  const { code, stderr } = await run(
    ["denovrf", "bind", "--now", "local", "vrfred"],
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot assign requested address");
  assertStringIncludes(stderr, "--loopback");
  assertStringIncludes(stderr, "denovrf unbind --now local.service");
  await must(["denovrf", "bind", "--now", "--loopback", "local", "vrfred"]);
  await untilActive("local.service");
  await must(["denovrf", "unbind", "--now", "local"]);
});
