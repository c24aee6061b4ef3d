/** What bind and unbind have systemd do, without one. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { fakeSystemd } from "./fake_systemd.ts";
import { Cgroup, makeNetdev } from "./fixture.ts";
import { cgroupPath, visibleRoot } from "../../src/cgroup/cgroup.ts";
import { bpfProgramSetting } from "../../src/bound_units/settings.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";

const RUNS = { ActiveState: "active" };

const IDLE = { ActiveState: "inactive" };

/** A socket unit that listens in the network, and starts services. */
function listening(...services: string[]) {
  return {
    ...RUNS,
    Listen: "0.0.0.0:80 (Stream)",
    Triggers: services.join(" "),
  };
}

/** What is told of restarts, among calls. */
function restarts(calls: readonly string[]): string[] {
  return calls.filter((call) => /^(?:try-re|re)?(?:start|stop) /.test(call));
}

/** What is told, but that the interface of these tests is no VRF. */
function withoutNote(stderr: string): string {
  return stderr.replace(/^denovrf: Note: "\w+" is not a VRF;.*\n?/, "");
}

const DROP_IN = "etc/systemd/system/daemon.service.d/50-denovrf.conf";

Deno.test("bind --now stops sockets ahead of their service, and starts them and its dependents in order", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using systemd = await fakeSystemd({
    "daemon.service": {
      ...RUNS,
      TriggeredBy: "a.socket b.socket idle.socket",
      RequiredBy: "needs.service gone.service",
    },
    "a.socket": listening("daemon.service"),
    "b.socket": { ...listening("daemon.service"), ActiveState: "failed" },
    "idle.socket": { ...listening("daemon.service"), ...IDLE },
    "needs.service": { ...RUNS, BoundBy: "more.service" },
    "more.service": RUNS,
    "gone.service": IDLE,
  });
  const { code, stderr } = await systemd.denovrf(
    ...["bind", "--now", "daemon", "vt0"],
  );
  assertEquals(code, 0, stderr);
  assertEquals(restarts(await systemd.calls()), [
    "stop -- a.socket b.socket daemon.service",
    "start -- a.socket b.socket daemon.service needs.service more.service",
  ]);

  // What failed for the VRF's address has no reason to run outside.
  await systemd.denovrf("unbind", "--now", "daemon");
  assertEquals(restarts(await systemd.calls()), [
    "stop -- a.socket daemon.service",
    "start -- a.socket daemon.service needs.service more.service",
  ]);
});

Deno.test("bind --now of a service that does not run starts its sockets, and not the service", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using systemd = await fakeSystemd({
    "daemon.service": { ...IDLE, TriggeredBy: "a.socket" },
    "a.socket": listening("daemon.service"),
  });
  await systemd.denovrf("bind", "--now", "daemon", "vt0");
  assertEquals(restarts(await systemd.calls()), [
    "stop -- a.socket daemon.service",
    "start -- a.socket",
  ]);
});

Deno.test("bind --now of a socket unit takes the services with it that have its sockets", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using systemd = await fakeSystemd({
    "a.socket": listening("daemon.service", "idle.service"),
    "daemon.service": { ...RUNS, TriggeredBy: "a.socket" },
    "idle.service": IDLE,
  });
  await systemd.denovrf("bind", "--now", "a.socket", "vt0");
  assertEquals(restarts(await systemd.calls()), [
    "stop -- a.socket daemon.service",
    "start -- a.socket daemon.service",
  ]);
});

Deno.test("bind --now of a template stops its connections last", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using systemd = await fakeSystemd({
    "echo@.service": { UnitFileState: "static" },
    "echo@denovrf.service": {},
    "echo@*.service": { Id: "echo@1.service" },
    "echo@1.service": RUNS,
    "echo.socket": { ...listening(), Accept: "yes" },
    "echo@.socket": { UnitFileState: "not-found" },
  });
  const { code, stderr } = await systemd.denovrf(
    ...["bind", "--now", "echo@", "vt0"],
  );
  assertEquals(code, 0, stderr);
  assertEquals(restarts(await systemd.calls()), [
    "stop -- echo.socket",
    "start -- echo.socket",
    "stop -- echo@*.service",
  ]);
  // Each connection would be in a VRF of its own.
  const refused = await systemd.denovrf("bind", "echo@", "%i");
  assertEquals(refused.code, 1);
  assertStringIncludes(
    refused.stderr,
    'its instances are connections to "echo.socket"\nName the VRF',
  );
});

Deno.test("bind and unbind print paths on stdout, and on stderr how to apply them to what runs", async () => {
  await using _netdev = await makeNetdev("vt0");
  const advice: [Record<string, string>, string][] = [
    [RUNS, "To apply this: systemctl restart daemon.service"],
    // It may have wanted an address of the VRF.
    [
      { ActiveState: "failed" },
      "To apply this: systemctl restart daemon.service",
    ],
    [IDLE, ""],
  ];
  for (const [state, stderr] of advice) {
    await using systemd = await fakeSystemd({ "daemon.service": state });
    for (const args of [["bind", "daemon", "vt0"], ["unbind", "daemon"]]) {
      const result = await systemd.denovrf(...args);
      assertEquals([result.code, result.stdout, withoutNote(result.stderr)], [
        0,
        `/${DROP_IN}`,
        stderr,
      ]);
    }
    assertEquals(restarts(await systemd.calls()), []);
    assertEquals(await systemd.files(), []);
  }
});

Deno.test("unbind advises no restart of a masked unit, and --now starts nothing that does not run", async () => {
  await using _netdev = await makeNetdev("vt0");
  for (const state of [{ ...RUNS, LoadState: "masked" }, IDLE]) {
    await using systemd = await fakeSystemd({ "daemon.service": state });
    // Masked after it was bound.
    await writeDropIn(systemd.at(`/${DROP_IN}`));
    const args = state === IDLE ? ["unbind", "--now"] : ["unbind"];
    const { code, stderr } = await systemd.denovrf(...args, "daemon");
    assertEquals([code, stderr], [0, ""]);
    assertEquals(restarts(await systemd.calls()), []);
  }
});

/** Writes a drop-in that bind could have written for vt0. */
async function writeDropIn(path: string, more: object = {}): Promise<void> {
  const statement = {
    ...{ ifname: "vt0", follow: false, enabled: true, loopback: false },
    ...{ lock: false, resolvConf: null, ...more },
  };
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, `# denovrf: ${JSON.stringify(statement)}\n`);
}

Deno.test("unbind disables no unit that a drop-in names", async () => {
  for (
    const more of [
      { instance: "ssh.service" },
      { ifname: "../../ssh.service" },
      { enabled: "ssh.service" },
    ]
  ) {
    await using systemd = await fakeSystemd({ "daemon.service": RUNS });
    await writeDropIn(systemd.at(`/${DROP_IN}`), more);
    const { code, stdout, stderr } = await systemd.denovrf("unbind", "daemon");
    assertEquals([code, stdout, stderr], [
      1,
      "",
      `denovrf: Cannot unbind "daemon.service": "/${DROP_IN}" differs from what denovrf bind writes
Inspect it, then remove it: rm /${DROP_IN}`,
    ]);
    assertEquals(await systemd.calls(), []);
    assertEquals(await systemd.files(), [DROP_IN]);
  }
});

Deno.test("unbind of the last unit disables the instance that bind has enabled, and no other", async () => {
  await using _netdev = await makeNetdev("vt0");
  const enablements = (calls: readonly string[]) =>
    calls.filter((call) => /^(?:en|dis)able/.test(call));
  await using systemd = await fakeSystemd({
    "a.service": RUNS,
    "b.service": RUNS,
  });
  const enable = "enable --quiet --no-reload -- denovrf@vt0.service";
  await systemd.denovrf("bind", "a", "vt0");
  assertEquals(enablements(await systemd.calls()), [enable]);
  await systemd.denovrf("bind", "b", "vt0");
  await systemd.denovrf("bind", "--follow", "a", "vt0");
  await systemd.denovrf("unbind", "a");
  assertEquals(enablements(await systemd.calls()), []);
  await systemd.denovrf("unbind", "b");
  assertEquals(enablements(await systemd.calls()), [`dis${enable.slice(2)}`]);

  await using enabled = await fakeSystemd({
    "a.service": RUNS,
    "denovrf@vt0.service": { UnitFileState: "enabled" },
  });
  await enabled.denovrf("bind", "a", "vt0");
  await enabled.denovrf("unbind", "a");
  assertEquals(enablements(await enabled.calls()), []);
});

Deno.test("bind moves a unit to another VRF, and forgets the one before", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt-1");
  await using systemd = await fakeSystemd({ "daemon.service": RUNS });
  await systemd.denovrf("bind", "daemon", "vt0");
  await systemd.denovrf("bind", "daemon", "vt-1");
  assertEquals(await systemd.files(), [
    DROP_IN,
    "etc/systemd/system/denovrf@vt\\x2d1.service.wants/daemon.service",
  ]);
  assertEquals(
    (await systemd.calls()).filter((call) => call.startsWith("disable")),
    ["disable --quiet --no-reload -- denovrf@vt0.service"],
  );
});

Deno.test("bind places each socket unit of a service by who has bound it, and whom it serves", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using systemd = await fakeSystemd({
    "daemon.service": {
      ...RUNS,
      TriggeredBy: "own.socket shared.socket other.socket local.socket",
    },
    "own.socket": listening("daemon.service"),
    "shared.socket": listening("daemon.service", "another.service"),
    "other.socket": listening("daemon.service"),
    "local.socket": {
      ...listening("daemon.service"),
      Listen: "/run/x.sock (Stream)",
    },
    "another.service": IDLE,
  });
  await systemd.denovrf("bind", "other.socket", "vt1");
  const { stdout, stderr } = await systemd.denovrf("bind", "daemon", "vt0");
  const paths = ["daemon.service", "own.socket"].map((unit) =>
    `/etc/systemd/system/${unit}.d/50-denovrf.conf`
  );
  assertEquals(stdout.split("\n"), paths);
  assertEquals(
    withoutNote(stderr).split("\n")
      .filter((line) => !line.startsWith("To apply")),
    [
      'denovrf: Note: "own.socket" opens the sockets of "daemon.service", and is bound too',
      'denovrf: Note: "shared.socket" opens sockets for other services too, and is not bound',
      "To bind it: denovrf bind shared.socket vt0",
      'denovrf: Note: "other.socket" is bound to "vt1", and stays there',
      "To move it: denovrf bind other.socket vt0",
    ],
  );
  // The service takes along what was bound with it, and nothing else.
  const moved = await systemd.denovrf("bind", "daemon", "vt1");
  assertEquals(moved.stdout.split("\n"), paths);
  await systemd.denovrf("unbind", "daemon");
  assertEquals(
    (await systemd.files()).filter((path) => path.endsWith(".conf")),
    ["etc/systemd/system/other.socket.d/50-denovrf.conf"],
  );
  await systemd.denovrf("bind", "--without-sockets", "daemon", "vt0");
  assertEquals(
    (await systemd.files()).filter((path) => path.endsWith(".conf")),
    [DROP_IN, "etc/systemd/system/other.socket.d/50-denovrf.conf"],
  );
});

Deno.test("an instance of a bound template comes with its VRF until the next boot", async () => {
  await using cgroup = Cgroup.make();
  const binding = {
    ...RUNS,
    BPFProgram: bpfProgramSetting("vt0", PLAIN_MODE).replace(/^\w+=/, ""),
    ControlGroup: cgroup.path.slice(cgroupPath(visibleRoot()).length),
  };
  await using systemd = await fakeSystemd({
    "x@a.service": binding,
    "timed@a.service": { ...binding, TriggeredBy: "timed.timer" },
    "x@.service": { UnitFileState: "static" },
  });
  const links = [
    "run/systemd/system/denovrf@vt0.service.wants/x@a.service",
  ];
  // Nobody can attach yet, and somebody starts it when the VRF comes.
  const absent = await systemd.denovrf("attach", "x@a.service");
  assertEquals(absent.code, 1);
  assertEquals(await systemd.files(), links);
  const learn = [
    "enable --quiet --no-reload --runtime -- denovrf@vt0.service",
    "daemon-reload",
  ];
  assertEquals(await systemd.calls(), learn);
  // Once is enough.
  await systemd.denovrf("attach", "x@a.service");
  assertEquals(await systemd.calls(), []);
  // What a timer starts has its own terms.
  await systemd.denovrf("attach", "timed@a.service");
  assertEquals(await systemd.files(), links);
  assertEquals(await systemd.calls(), []);

  await using _netdev = await makeNetdev("vt0");
  const present = await systemd.denovrf("attach", "x@a.service");
  assertEquals([present.code, present.stderr], [0, ""]);
  assertEquals(await systemd.calls(), []);

  await writeDropIn(
    systemd.at("/etc/systemd/system/x@.service.d/50-denovrf.conf"),
    { ifname: "%i", enabled: false },
  );
  await systemd.denovrf("unbind", "x@");
  assertEquals(await systemd.files(), []);
  assertEquals(await systemd.calls(), [
    "disable --quiet --no-reload --runtime -- denovrf@vt0.service",
    "daemon-reload",
  ]);
});
