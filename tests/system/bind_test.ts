import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { SANDBOX, unit, until } from "./guest.ts";

const DAEMON = "/usr/bin/python3 /payload/tests/system/daemon.py";
const PIN_FOLDER = "/sys/fs/bpf/denovrf/vrfred";

/** A service that logs its sockets' devices, and what it has logged. */
class Probe {
  readonly name: string;
  readonly log: string;

  constructor(name: string) {
    this.name = name;
    this.log = `/run/${name}.log`;
  }

  /** Writes its unit, which lives until it is disposed of. */
  async unit(settings = ""): Promise<AsyncDisposable> {
    await Deno.writeTextFile(this.log, "");
    return await unit(
      `${this.name}.service`,
      `[Service]
ExecStart=/usr/bin/python3 /payload/tests/system/probe_loop.py ${this.log}
${settings}`,
    );
  }

  /** The devices of its sockets, in the order of their changes. */
  async devices(): Promise<string[]> {
    const lines = (await Deno.readTextFile(this.log)).trim().split("\n");
    return lines.filter((line) => line !== "").map((line) =>
      line.split(" ")[2] ?? ""
    );
  }

  /** Waits until its sockets are on a device. */
  async untilOn(device: string): Promise<void> {
    await until(
      `${this.name} is on ${device}`,
      async () => (await this.devices()).at(-1) === device,
    );
  }

  pid(): Promise<string> {
    return must(["systemctl", "show", "-P", "MainPID", this.name]);
  }
}

/** Fails if a socket was ever outside of the VRF. */
async function assertNeverOutside(probe: Probe): Promise<void> {
  const allowed = ["vrfred", "EPERM", "ENODEV"];
  const devices = await probe.devices();
  assertEquals(devices.filter((device) => !allowed.includes(device)), []);
}

/** A VRF without a device in it; its binding goes with it. */
async function makeBareVrf(
  name: string,
  table: number,
): Promise<AsyncDisposable> {
  await must([
    "ip",
    "link",
    "add",
    name,
    "up",
    "type",
    "vrf",
    "table",
    `${table}`,
  ]);
  return {
    async [Symbol.asyncDispose]() {
      await run(["ip", "link", "delete", name]);
      await run(["systemctl", "stop", `denovrf@${name.replace("-", "\\x2d")}`]);
      await must(["rm", "-rf", `/sys/fs/bpf/denovrf/${name}`]);
    },
  };
}

/** Every file and link below systemd's folders. */
function unitFiles(): Promise<string> {
  return mustSh("find /etc/systemd/system /run/systemd/system | sort");
}

await must(["denovrf", "install"]);

Deno.test("bind writes one drop-in and unbind takes out exactly what bind put in", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  const before = await unitFiles();
  assertEquals(
    await must(["denovrf", "bind", "probe", "vrfred"]),
    "/etc/systemd/system/probe.service.d/50-denovrf.conf\nLeft to do: systemctl restart probe.service",
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

Deno.test("binding again to another VRF replaces the binding", async () => {
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
    [["dbus", "vrf/red"], 1, 'Cannot use "vrf/red" as interface name'],
    [
      ["--force", "dbus", "vrf/red"],
      1,
      'Cannot use "vrf/red" as interface name',
    ],
    [["dbus"], 2, "A unit and a VRF are needed"],
  ];
  for (const [args, status, message] of cases) {
    const { code, stderr } = await run(["denovrf", "bind", ...args]);
    assertEquals([args, code], [args, status]);
    assertStringIncludes(stderr, `denovrf: ${message}`);
  }
  assertEquals(await unitFiles(), before);
  await must(["systemctl", "unmask", "--quiet", "--runtime", "masked.service"]);
});

Deno.test("with --force, a unit waits for a VRF that does not exist yet", async () => {
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--force", "probe", "vrfred"]);
  assertEquals((await run(["systemctl", "start", "probe"])).code, 1);
  {
    await using _vrf = await makeBareVrf("vrfred", 10);
    await probe.untilOn("vrfred");
    await must(["denovrf", "unbind", "probe"]);
  }
  await assertNeverOutside(probe);
});

Deno.test("ordinary administration takes no bound unit out of its VRF", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit(
    `Restart=always\nRestartSec=100ms\n${SANDBOX}DynamicUser=no\n`,
  );
  // Running unbound before, as most daemons do.
  await must(["systemctl", "start", "probe"]);
  await must(["denovrf", "bind", "--now", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await Deno.writeTextFile(probe.log, "");
  const again = [
    "systemctl restart probe",
    "systemctl daemon-reload; systemctl restart probe",
    "systemctl kill --signal=KILL probe",
    "systemctl daemon-reload; systemctl kill --signal=KILL probe",
    "systemctl stop probe; systemctl start probe",
    "systemctl restart denovrf@vrfred",
    "systemctl stop denovrf@vrfred; systemctl start denovrf@vrfred probe",
  ];
  const running = [
    "systemctl daemon-reload",
    "systemctl daemon-reexec",
    "systemctl reload denovrf@vrfred",
    "systemctl restart systemd-udevd",
    "denovrf stop vrfred; denovrf start vrfred",
    "denovrf install",
  ];
  for (const way of again) {
    const before = await probe.pid();
    await must(["sh", "-ec", way]);
    await until(
      `another process after "${way}"`,
      async () => !["0", before].includes(await probe.pid()),
    );
  }
  const pid = await probe.pid();
  for (const way of running) await must(["sh", "-ec", way]);
  assertEquals(await probe.pid(), pid);
  await until(
    "a socket of the last process",
    async () => (await Deno.readTextFile(probe.log)).includes(`${pid} `),
  );
  assertEquals([...new Set(await probe.devices())], ["vrfred"]);
  await must(["denovrf", "unbind", "probe"]);
});

Deno.test("units follow a VRF through 200 recreations without a socket outside", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const requires = new Probe("requires");
  const follows = new Probe("follows");
  await using _requires = await requires.unit();
  await using _follows = await follows.unit();
  await must(["denovrf", "bind", "--now", "requires", "vrfred"]);
  await must(["denovrf", "bind", "--now", "--follow", "follows", "vrfred"]);
  const [pidOfRequires, pidOfFollows] = [
    await requires.pid(),
    await follows.pid(),
  ];
  await requires.untilOn("vrfred");
  await follows.untilOn("vrfred");

  // Bursts of 1 to 19 with pauses in which units come back, or do not quite.
  for (const burst of [1, 2, 3, 5, 9, 20, 60, 100]) {
    await mustSh(`
for i in $(seq ${burst}); do
  ip link delete vrfred; ip link add vrfred up type vrf table 10
done`);
    await new Promise((wake) => setTimeout(wake, burst * 50));
  }
  const ifindex = JSON.parse(
    await must(["ip", "-json", "link", "show", "dev", "vrfred"]),
  )[0].ifindex;
  await until(
    "the instance is active",
    async () =>
      (await run(["systemctl", "is-active", "denovrf@vrfred"])).code === 0,
  );
  await until(
    "the unit with Requires= runs",
    async () => (await run(["systemctl", "is-active", "requires"])).code === 0,
  );
  await requires.untilOn("vrfred");
  await follows.untilOn("vrfred");
  // A socket on the device of that name is on the live one, or it is ENODEV.
  assert(ifindex > 0);
  assert(await requires.pid() !== pidOfRequires);
  assertEquals(await follows.pid(), pidOfFollows);
  await assertNeverOutside(requires);
  await assertNeverOutside(follows);
  await must(["denovrf", "unbind", "requires"]);
  await must(["denovrf", "unbind", "follows"]);
});

Deno.test("a renamed VRF is gone under its old name", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--now", "--follow", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await mustSh("ip link set vrfred down; ip link set vrfred name vrfother");
  await probe.untilOn("EPERM");
  await mustSh("ip link set vrfother name vrfred; ip link set vrfred up");
  await probe.untilOn("vrfred");
  await must(["denovrf", "unbind", "probe"]);
});

/** Whatever a binding needs, taken away and put back. */
const NEEDS: Record<string, [take: string, putBack: string]> = {
  "its pin": [`rm ${PIN_FOLDER}/sock_create`, "denovrf start vrfred"],
  "all its pins": [`rm -r ${PIN_FOLDER}`, "denovrf start vrfred"],
  "the instance, stopped": ["systemctl stop denovrf@vrfred", "true"],
  "the instance, masked": [
    "systemctl mask --runtime --quiet --now denovrf@vrfred",
    "systemctl unmask --runtime --quiet denovrf@vrfred",
  ],
  "the instance, failing": [
    `systemctl stop denovrf@vrfred
mkdir -p /run/systemd/system/denovrf@.service.d
printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' > /run/systemd/system/denovrf@.service.d/x.conf
systemctl daemon-reload`,
    "rm -r /run/systemd/system/denovrf@.service.d; systemctl daemon-reload",
  ],
  "the unit that attaches, masked": [
    "systemctl mask --runtime --quiet denovrf-attach@probe.service.service",
    "systemctl unmask --runtime --quiet denovrf-attach@probe.service.service",
  ],
  "the executable": [
    "mount --bind /dev/null /usr/local/bin/denovrf",
    "umount /usr/local/bin/denovrf",
  ],
  "bpffs": [
    "umount --lazy /sys/fs/bpf",
    "mount -t bpf bpf /sys/fs/bpf; systemctl restart denovrf@vrfred",
  ],
  "the VRF": [
    "ip link delete vrfred",
    "ip link add vrfred up type vrf table 10",
  ],
};

for (const [need, [take, putBack]] of Object.entries(NEEDS)) {
  Deno.test(`a bound unit does not start outside of its VRF without ${need}`, async () => {
    await using _vrf = await makeBareVrf("vrfred", 10);
    const probe = new Probe("probe");
    await using _unit = await probe.unit();
    await must(["denovrf", "bind", "probe", "vrfred"]);
    await must(["systemctl", "start", "probe"]);
    await must(["systemctl", "stop", "probe"]);
    await must(["sh", "-ec", take]);
    try {
      const { code } = await run(["systemctl", "start", "probe"]);
      // It may start where what it needs was made anew for it.
      if (code === 0) await probe.untilOn("vrfred");
      else {
        const words = await must([
          ...["journalctl", "--no-pager", "--output=cat", "--since=-60s"],
          ...["--unit=probe", "--unit=denovrf*"],
        ]);
        assert(
          /denovrf: Cannot|Assertion failed|Dependency failed|Failed|masked/
            .test(words),
          words,
        );
      }
      await assertNeverOutside(probe);
    } finally {
      await run(["sh", "-c", putBack]);
      await run(["systemctl", "reset-failed"]);
      await must(["denovrf", "unbind", "probe"]);
    }
  });
}

Deno.test("a name that another kind of interface takes over is bound to that one", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--now", "--follow", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await mustSh("ip link delete vrfred; ip link add vrfred type dummy");
  await until(
    "it follows",
    async () =>
      (await run(["systemctl", "is-active", "denovrf@vrfred"])).code === 0,
  );
  await probe.untilOn("vrfred");
  await assertNeverOutside(probe);
  await must(["denovrf", "unbind", "probe"]);
});

Deno.test("a bound socket unit listens in the VRF, also when it is started again", async () => {
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

Deno.test("a unit in a bound slice is in the VRF, also after a daemon-reload", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await using _slice = await unit("red-tenants.slice", "[Slice]\n");
  const probe = new Probe("probe");
  await using _unit = await probe.unit("Slice=red-tenants.slice\n");
  await must(["denovrf", "bind", "red-tenants.slice", "vrfred"]);
  for (let i = 0; i < 2; i++) {
    await must(["systemctl", "restart", "red-tenants.slice"]);
    await must(["systemctl", "restart", "probe"]);
    await probe.untilOn("vrfred");
    await must(["systemctl", "daemon-reload"]);
  }
  await assertNeverOutside(probe);
  await must(["systemctl", "stop", "probe", "red-tenants.slice"]);
  await must(["denovrf", "unbind", "red-tenants.slice"]);
});

Deno.test("a template is bound with all its instances", async () => {
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
