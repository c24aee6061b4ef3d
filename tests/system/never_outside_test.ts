import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { pinPath } from "../../src/kernel/pins.ts";
import { replacePin } from "../../src/kernel/pins.ts";
import { mov, R0 } from "../../src/bpf/insn.ts";
import { openPin, programInfo } from "../../src/bpf/libbpf.ts";
import { loadProgram } from "../../src/bpf/load.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";
import { must, mustSh, run } from "../shell.ts";
import { SANDBOX, until, untilActive } from "./guest.ts";
import { assertNeverOutside, makeBareVrf, Probe, remakeVrf } from "./probe.ts";

const PIN_DIRECTORY = "/sys/fs/bpf/denovrf/vrfred";

await must(["denovrf", "install"]);

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

/** Pins what an older denovrf could have pinned, which reads the same map. */
function pinOlderProgram(): void {
  using binding = openPin(pinPath("vrfred", "binding"));
  using filter = openPin(pinPath("vrfred", "filter"));
  using program = loadProgram({
    ...SOCK_CREATE,
    instructions: (...of) => [mov(R0, 1), ...SOCK_CREATE.instructions(...of)],
  }, { binding, filter });
  replacePin(program, pinPath("vrfred", SOCK_CREATE.name));
}

function pinnedTag(): string {
  using program = openPin(pinPath("vrfred", SOCK_CREATE.name));
  return programInfo(program).tag;
}

Deno.test("an upgrade puts its program in the place of the old one, under running units", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--follow", "probe", "vrfred"]);
  await must(["systemctl", "start", "denovrf@vrfred"]);
  const current = pinnedTag();
  pinOlderProgram();
  await must(["systemctl", "start", "probe"]);
  await probe.untilOn("vrfred");
  const pid = await probe.pid();
  assertNotEquals(pinnedTag(), current);

  await must(["denovrf", "install"]);
  await must(["systemctl", "restart", "denovrf@vrfred"]);
  assertEquals(pinnedTag(), current);
  await remakeVrf("vrfred", 10);
  await until(
    "it was told of the new interface",
    async () => (await probe.devices()).length > 2,
  );
  await probe.untilOn("vrfred");
  assertEquals(await probe.pid(), pid);
  await assertNeverOutside(probe);
  await must(["denovrf", "unbind", "probe"]);
});

/** Two that run in a VRF: one comes and goes with it, the other runs on. */
async function boundUnits(
  vrf: string,
): Promise<AsyncDisposable & { requires: Probe; follows: Probe }> {
  await using failed = new AsyncDisposableStack();
  const requires = new Probe("requires");
  const follows = new Probe("follows");
  failed.use(await requires.unit());
  failed.use(await follows.unit());
  await must(["denovrf", "bind", "--now", requires.name, vrf]);
  await must(["denovrf", "bind", "--now", "--follow", follows.name, vrf]);
  await requires.untilOn(vrf);
  await follows.untilOn(vrf);
  const units = failed.move();
  return {
    requires,
    follows,
    [Symbol.asyncDispose]: () => units.disposeAsync(),
  };
}

Deno.test("units follow a VRF through 200 recreations without a socket outside", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await using units = await boundUnits("vrfred");
  const { requires, follows } = units;
  const [pidOfRequires, pidOfFollows] = [
    await requires.pid(),
    await follows.pid(),
  ];

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
  await untilActive("denovrf@vrfred");
  await untilActive("requires");
  await requires.untilOn("vrfred");
  await follows.untilOn("vrfred");
  // A socket on the device of that name is on the live one, or it is ENODEV.
  assert(ifindex > 0);
  assertNotEquals(await requires.pid(), pidOfRequires);
  assertEquals(await follows.pid(), pidOfFollows);
  await assertNeverOutside(requires);
  await assertNeverOutside(follows);
  await must(["denovrf", "unbind", "requires"]);
  await must(["denovrf", "unbind", "follows"]);
});

Deno.test("units of a VRF with a dash in its name follow it too, and are told when it goes", async () => {
  await using _vrf = await makeBareVrf("vrf-red", 10);
  await using units = await boundUnits("vrf-red");
  const { requires, follows } = units;
  const pid = await requires.pid();
  for (const _round of [1, 2]) {
    await remakeVrf("vrf-red", 10);
    await until(
      "a unit with Requires= was restarted",
      async () => !["0", pid].includes(await requires.pid()),
    );
    await requires.untilOn("vrf-red");
    await follows.untilOn("vrf-red");
  }
  await must(["ip", "link", "delete", "vrf-red"]);
  await follows.untilOn("EPERM");
  for (const probe of [requires, follows]) {
    await assertNeverOutside(probe, "vrf-red");
    await must(["denovrf", "unbind", probe.name]);
  }
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
  "its pin": [`rm ${PIN_DIRECTORY}/sock_create`, "denovrf start vrfred"],
  "all its pins": [`rm -r ${PIN_DIRECTORY}`, "denovrf start vrfred"],
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

Deno.test("a bound unit does not start outside of its VRF", async (t) => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "probe", "vrfred"]);
  for (const [need, [take, putBack]] of Object.entries(NEEDS)) {
    await t.step(`without ${need}`, async () => {
      await must(["systemctl", "start", "probe"]);
      await probe.untilOn("vrfred");
      await must(["systemctl", "stop", "probe"]);
      await Deno.writeTextFile(probe.log, "");
      await must(["sh", "-ec", take]);
      try {
        await startWithout(probe);
        await assertNeverOutside(probe);
      } finally {
        await run(["systemctl", "stop", "probe"]);
        await must(["sh", "-ec", putBack]);
        await run(["systemctl", "reset-failed"]);
        await Deno.writeTextFile(probe.log, "");
      }
    });
  }
  await must(["denovrf", "unbind", "probe"]);
});

/** Either it starts and tries to make a socket, or the journal says why not. */
async function startWithout(probe: Probe): Promise<void> {
  const { code, stderr } = await run(["systemctl", "start", probe.name]);
  if (code === 0) {
    // What it needs was made anew for it, or its sockets are denied.
    return await until(
      "it tried to make a socket",
      async () => (await probe.devices()).length > 0,
    );
  }
  // Of a unit that is masked, systemd tells only whoever asks for it.
  const words = stderr + await must([
    ...["journalctl", "--no-pager", "--output=cat", "--since=-60s"],
    ...[`--unit=${probe.name}`, "--unit=denovrf*"],
  ]);
  assert(
    /denovrf: Cannot|Assertion failed|Dependency failed|Failed|masked/
      .test(words),
    words,
  );
}

Deno.test("a name that another kind of interface takes over is bound to that one", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--now", "--follow", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await mustSh("ip link delete vrfred; ip link add vrfred type dummy");
  await untilActive("denovrf@vrfred");
  await probe.untilOn("vrfred");
  await assertNeverOutside(probe);
  await must(["denovrf", "unbind", "probe"]);
});
