/**
 * A machine on which an earlier version is installed and has bound units,
 * upgraded as people do it: the executable is replaced, then `denovrf install`.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { unit, until, untilNoJobs } from "./guest.ts";
import { assertNeverOutside, makeBareVrf, Probe } from "./probe.ts";

/** Units and drop-ins as denovrf 0.1.0 wrote them. */
const EARLIER = "/payload/tests/system/earlier";

const FOLDER = "/etc/systemd/system";

const INSTANCE = "denovrf@vrf\\x2dred.service";

/** What the earlier version left, with what systemctl makes of it. */
const INSTALL_EARLIER = `
cp ${EARLIER}/units/*.service ${FOLDER}
cp ${EARLIER}/units/99-denovrf.rules /etc/udev/rules.d
cp -r ${EARLIER}/drop_ins/*.d ${FOLDER}
mkdir -p "${FOLDER}/${INSTANCE}.wants" /etc/denovrf/vrf-red
echo nameserver 192.0.2.2 > /etc/denovrf/vrf-red/resolv.conf
for unit in plain.service both.service locked.service listen.socket red-tenants.slice; do
  ln -s ../$unit "${FOLDER}/${INSTANCE}.wants/$unit"
done
udevadm control --reload
systemctl daemon-reload
systemctl enable --quiet '${INSTANCE}' denovrf-all.service
systemctl start denovrf-all.service`;

Deno.test("an upgrade keeps every unit bound that an earlier version has bound", async (t) => {
  await using stack = new AsyncDisposableStack();
  stack.use(await makeBareVrf("vrf-red", 10));
  stack.use(await makeBareVrf("vrfblue", 20));
  const plain = new Probe("plain");
  const locked = new Probe("locked");
  const tenant = new Probe("tenant");
  const probes = [plain, locked, tenant];
  stack.use(await plain.unit());
  stack.use(await locked.unit());
  stack.use(await tenant.unit("Slice=red-tenants.slice\n"));
  for (const [name, text] of Object.entries(UNITS)) {
    stack.use(await unit(name, text));
  }
  await must(["sh", "-ec", INSTALL_EARLIER]);
  const bound = ["plain", "locked", ...Object.keys(UNITS).slice(0, 3)];

  await t.step("with its units, the new executable binds", async () => {
    await must(["systemctl", "start", ...bound, "tenant"]);
    await assertAllInVrf(probes);
  });

  const pidsBefore = await pidsOf(probes);
  await t.step("install replaces them under running units", async () => {
    const { code, stdout, stderr } = await run(["denovrf", "install"]);
    assertEquals([code, stderr.split("\n")], [0, [
      `denovrf: Note: "${INSTANCE}" is enabled`,
      'denovrf: Note: "denovrf@vrfblue.service" is enabled',
    ]]);
    for (const unit of ["plain.service", "listen.socket"]) {
      assertStringIncludes(stdout, `${FOLDER}/${unit}.d/50-denovrf.conf`);
    }
    assertEquals(await pidsOf(probes), pidsBefore);
    await assertAllInVrf(probes);
    assertEquals(await mustSh(WHAT_IS_LEFT), "");
    assertEquals(await mustSh(COMPLAINTS), "");
  });

  await t.step("units start again in their VRF", async () => {
    await must(["systemctl", "restart", ...bound, "tenant"]);
    await untilOthers(probes, pidsBefore);
    await assertAllInVrf(probes);
  });

  await t.step("units are restarted with their VRF, or follow it", async () => {
    const pids = await pidsOf(probes);
    await mustSh(
      "ip link delete vrf-red; ip link add vrf-red up type vrf table 10",
    );
    await untilOthers([plain], pids);
    await untilNoJobs();
    // It was bound with --follow.
    assertEquals(pids.includes(await locked.pid()), true);
    await assertAllInVrf([plain, locked]);
    for (const probe of probes) await assertNeverOutside(probe, "vrf-red");
  });

  await t.step("unbind takes out what is left", async () => {
    for (const name of bound) await must(["denovrf", "unbind", name]);
    await must(["systemctl", "stop", ...bound, "tenant"]);
    await must([
      ...["systemctl", "disable", "--quiet", INSTANCE, "denovrf@vrfblue"],
    ]);
    assertEquals(await mustSh(DROP_INS_AND_LINKS), "");
  });
});

/** Units that the earlier version has bound beside probes, and what they start. */
const UNITS: Record<string, string> = {
  "both.service": "[Service]\nExecStart=/bin/sleep infinity\n",
  "listen.socket": "[Socket]\nListenStream=7020\nAccept=yes\n",
  "red-tenants.slice": "[Slice]\n",
  "listen@.service": "[Service]\nExecStart=/bin/true\n",
};

/** What remains of units that no longer exist, in memory and on the disk. */
const WHAT_IS_LEFT = `
systemctl list-units --all --plain --no-legend \
  'denovrf-lock@*' 'denovrf-loopback@*' 'denovrf-gone@*' denovrf-all.service
find ${FOLDER} | grep -E '/denovrf-(all|gone|lock|loopback)' || true`;

const COMPLAINTS =
  "denovrf doctor | grep -E '^(problem|warning) (units|pins|bindings|bound units)' || true";

const DROP_INS_AND_LINKS =
  `find ${FOLDER} -name '*denovrf*' ! -path '${FOLDER}/denovrf*@.service'`;

/** Fails unless every unit opens its sockets in the VRF. */
async function assertAllInVrf(probes: readonly Probe[]): Promise<void> {
  for (const probe of probes) await probe.untilOn("vrf-red");
  for (const unit of [...probes.map(({ name }) => name), "both"]) {
    assertEquals([unit, await deviceIn(unit)], [unit, "vrf-red"]);
  }
  const sockets = await must(["ss", "-Hltn", "sport = 7020"]);
  assertStringIncludes(sockets, "%vrf-red:7020");
}

/** The device of a socket that a new process in a unit's cgroup connects. */
function deviceIn(unit: string): Promise<string> {
  return mustSh(`
echo $$ > /sys/fs/cgroup$(systemctl show -P ControlGroup ${unit})/cgroup.procs
exec python3 -c 'import socket
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.connect_ex(("192.0.2.2", 9))
print(made.getsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, 16).rstrip(b"\\0").decode() or "UNBOUND")'`);
}

function pidsOf(probes: readonly Probe[]): Promise<string[]> {
  return Promise.all(probes.map((probe) => probe.pid()));
}

/** Waits until probes have other processes than those. */
async function untilOthers(
  probes: readonly Probe[],
  pids: readonly string[],
): Promise<void> {
  for (const probe of probes) {
    await until(
      `${probe.name} was restarted`,
      async () => !["0", ...pids].includes(await probe.pid()),
    );
  }
}
