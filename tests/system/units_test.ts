/** Units that are named, made or taken apart in uncommon ways. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustFail, mustSh, run } from "../shell.ts";
import { unit, unitFiles, untilActive, untilNoJobs } from "./guest.ts";
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
    "of 1 processes",
  );
  await must(["denovrf", "unbind", "probe-alias"]);
  assertEquals(await unitFiles(), before);
});

Deno.test("neither a unit's environment nor another root keeps it from being bound", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await mustSh(`mkdir -p /run/fake /run/root
printf '#!/bin/sh\ntouch /run/fake/was-run\n' > /run/fake/systemctl
chmod +x /run/fake/systemctl
mount --bind / /run/root
mount -t proc proc /run/root/proc`);
  const probe = new Probe("probe");
  await using _unit = await probe.unit(
    "Environment=PATH=/run/fake:/usr/bin SYSTEMD_OFFLINE=1",
  );
  await must(["denovrf", "bind", "--now", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await must(["systemctl", "daemon-reload"]);
  await must(["systemctl", "stop", "probe"]);
  await assertNeverOutside(probe);
  assertEquals((await run(["test", "-e", "/run/fake/was-run"])).code, 1);

  // Its root has a systemctl, which takes itself to be in a chroot there.
  const root = "[Service]\nRootDirectory=/run/root\n";
  await Deno.writeTextFile(
    "/etc/systemd/system/probe.service.d/root.conf",
    root,
  );
  await must(["systemctl", "daemon-reload"]);
  assertEquals((await run(["systemctl", "start", "probe"])).code, 1);
  assertStringIncludes(
    (await run(["denovrf", "doctor"])).stdout,
    '"probe.service" has RootDirectory=',
  );
  await must(["denovrf", "unbind", "probe"]);
  assertStringIncludes(
    (await mustFail(["denovrf", "bind", "probe", "vrfred"])).stderr,
    'Cannot bind "probe.service": it has RootDirectory=',
  );
  await mustSh(`rm -r /etc/systemd/system/probe.service.d /run/fake
umount /run/root/proc /run/root
systemctl reset-failed probe`);
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
  const unbound = await must(["denovrf", "unbind", "--now", "probe"]);
  assertStringIncludes(unbound, "/probe.service\n");
  assertStringIncludes(
    unbound,
    "Left to do: systemctl start probe.service",
  );
  assertEquals(await stateOf("probe"), "inactive");
  await must(["systemctl", "disable", "--quiet", "denovrf@vrf\\x2dred"]);
  assertEquals(await unitFiles(), before);

  await must(["denovrf", "bind", "probe", "vrf-red"]);
  const { stderr } = await run(["denovrf", "uninstall"]);
  assertStringIncludes(stderr, '"probe.service" does not start any more');
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
    'denovrf: Note: root is going to run "/opt/denovrf-copy", and others than root can change it',
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
