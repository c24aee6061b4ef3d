/** Units that are named, made or taken apart in uncommon ways. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustFail, mustSh, run } from "../shell.ts";
import { unit, unitFiles, until, untilActive, untilNoJobs } from "./guest.ts";
import { assertNeverOutside, makeBareVrf, Probe } from "./probe.ts";

await must(["denovrf", "install"]);

Deno.test("bind, verify and unbind take an alias for the unit that it stands for", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await using _alias = await alias("probe-alias.service", "probe.service");
  const before = await unitFiles();
  assertStringIncludes(
    await must(["denovrf", "bind", "--now", "probe-alias", "vrfred"]),
    "/etc/systemd/system/probe.service.d/50-denovrf.conf",
  );
  await probe.untilOn("vrfred");
  assertStringIncludes(
    await must(["denovrf", "verify", "probe-alias"]),
    "processes: 1)",
  );
  await must(["denovrf", "unbind", "probe-alias"]);
  assertEquals(await unitFiles(), before);
});

Deno.test("nothing of root's is run with the environment of a bound unit", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await mustSh("mkdir -m 777 /run/loader");
  const probe = new Probe("probe");
  // The loader writes a report for each program, as the user who runs it.
  await using _unit = await probe.unit(
    `User=nobody
Environment=LD_DEBUG=statistics LD_DEBUG_OUTPUT=/run/loader/report
Environment=PATH=/run/nowhere SYSTEMD_OFFLINE=1
`,
  );
  await mustSh(`chmod 666 ${probe.log}`);
  await must(["denovrf", "bind", "--now", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await must(["systemctl", "restart", "probe"]);
  await must(["systemctl", "stop", "probe"]);
  await assertNeverOutside(probe);
  const reports = (owner: string) =>
    mustSh(`find /run/loader -type f -user ${owner} | wc -l`);
  assertEquals(await reports("nobody") !== "0", true);
  assertEquals(await reports("root"), "0");
  await must(["denovrf", "unbind", "probe"]);
  await must(["rm", "-r", "/run/loader"]);
});

Deno.test("the first command of a bound unit is in the VRF at every start, also with another root", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await mustSh(`mkdir -p /run/root
mount --rbind / /run/root; mount --make-rslave /run/root`);
  const first = new Probe("first");
  const probe = new Probe("probe");
  await Deno.writeTextFile(first.log, "");
  await using _unit = await probe.unit(
    `ExecCondition=/usr/bin/python3 /payload/tests/system/probe_loop.py ${first.log} once
Restart=always
`,
  );
  await must(["denovrf", "bind", "--now", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  for (const root of ["", "[Service]\\nRootDirectory=/run/root\\n"]) {
    await mustSh(`mkdir -p /run/systemd/system/probe.service.d
printf '${root}' > /run/systemd/system/probe.service.d/root.conf`);
    await must(["systemctl", "daemon-reload"]);
    for (
      const way of [
        "systemctl restart probe",
        "systemctl kill --signal=KILL probe",
        "systemctl stop probe; systemctl start probe",
      ]
    ) {
      const before = (await probe.pids()).length;
      await mustSh(way);
      await until(
        `a socket of another process after "${way}"`,
        async () => (await probe.pids()).length > before,
      );
    }
  }
  await must(["systemctl", "stop", "probe"]);
  for (const each of [first, probe]) {
    assertEquals((await each.pids()).length, 7);
    assertEquals([...new Set(await each.devices())], ["vrfred"]);
  }
  await must(["denovrf", "unbind", "probe"]);
  await mustSh(`rm -r /run/systemd/system/probe.service.d
umount --recursive /run/root`);
});

Deno.test("a unit that is unbound after a start that failed starts unbound", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "probe", "vrfred"]);
  // Attached to, and then not started.
  await mustSh(`mkdir -p /run/systemd/system/probe.service.d
printf '[Unit]\\nAssertPathExists=/nowhere\\n' > /run/systemd/system/probe.service.d/x.conf
systemctl daemon-reload`);
  assertEquals((await run(["systemctl", "start", "probe"])).code, 1);
  await mustSh("rm -r /run/systemd/system/probe.service.d");
  await must(["denovrf", "unbind", "probe"]);
  await must(["systemctl", "start", "probe"]);
  await probe.untilOn("UNBOUND");
  assertEquals(await probe.devices(), ["UNBOUND"]);
});

Deno.test("a unit that only a timer starts is not started when its VRF comes", async () => {
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await using _timer = await unit(
    "probe.timer",
    "[Timer]\nOnCalendar=2100-01-01\n",
  );
  await must(["systemctl", "start", "probe.timer"]);
  await must(["denovrf", "bind", "--force", "probe", "vrfred"]);
  {
    await using _vrf = await makeBareVrf("vrfred", 10);
    await untilActive("denovrf@vrfred");
    await untilNoJobs();
    assertEquals(await stateOf("probe"), "inactive");
    await must(["systemctl", "start", "probe"]);
    await probe.untilOn("vrfred");
    await must(["denovrf", "unbind", "probe"]);
  }
});

Deno.test("unbind puts right what somebody has taken out by halves", async () => {
  await using _vrf = await makeBareVrf("vrf-red", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  const before = await unitFiles();

  await must(["denovrf", "bind", "--lock", "probe", "vrf-red"]);
  await mustSh(
    "echo > /etc/systemd/system/probe.service.d/50-denovrf.conf",
  );
  assertStringIncludes(
    (await mustFail(["denovrf", "unbind", "probe"])).stderr,
    'Cannot unbind "probe.service"',
  );
  await mustSh("rm /etc/systemd/system/probe.service.d/50-denovrf.conf");
  const unbound = await run(["denovrf", "unbind", "--now", "probe"]);
  assertStringIncludes(unbound.stdout, "/probe.service\n");
  assertEquals([unbound.code, unbound.stderr], [0, ""]);
  assertEquals(await stateOf("probe"), "inactive");
  await must(["systemctl", "disable", "--quiet", "denovrf@vrf\\x2dred"]);
  assertEquals(await unitFiles(), before);

  await must(["denovrf", "bind", "probe", "vrf-red"]);
  const { stderr } = await run(["denovrf", "uninstall"]);
  assertStringIncludes(
    stderr,
    '"probe.service" is still bound and will not start',
  );
  await mustFail(["systemctl", "start", "probe"]);
  await must(["denovrf", "unbind", "probe"]);
  await must(["denovrf", "install"]);
  assertEquals(await unitFiles(), before);
});

Deno.test("install tells of an executable that others can change", async () => {
  await mustSh("install -m 777 /usr/local/bin/denovrf /opt/denovrf-copy");
  const { code, stderr } = await run(["/opt/denovrf-copy", "install"]);
  assertEquals([code, stderr], [
    0,
    'denovrf: Note: systemd will run "/opt/denovrf-copy" as root, but users other than root can modify it',
  ]);
  await must(["denovrf", "install"]);
  await Deno.remove("/opt/denovrf-copy");
});

/** Another name of a unit, until it is disposed of. */
async function alias(name: string, of: string): Promise<AsyncDisposable> {
  const path = `/run/systemd/system/${name}`;
  await Deno.symlink(of, path);
  await must(["systemctl", "daemon-reload"]);
  return { [Symbol.asyncDispose]: () => Deno.remove(path) };
}

/** Such as `active` or `inactive`. */
async function stateOf(unit: string): Promise<string> {
  return (await run(["systemctl", "is-active", unit])).stdout;
}
