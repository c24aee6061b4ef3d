/** Templates whose instances are each in the VRF of their own name. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustFail, mustSh, run } from "../shell.ts";
import { unit, unitFiles, until, untilActive, untilNoJobs } from "./guest.ts";
import { assertNeverOutside, makeBareVrf, Probe, remakeVrf } from "./probe.ts";

await must(["denovrf", "install"]);

/** A template of probes; each instance logs to a file of its own. */
function template(name: string, settings = ""): Promise<AsyncDisposable> {
  return unit(
    `${name}@.service`,
    `[Service]
ExecStart=/usr/bin/python3 /payload/tests/system/probe_loop.py /run/${name}@%i.log
${settings}`,
  );
}

/** An instance that is stopped at the end of its scope. */
async function instance(name: string): Promise<Probe & AsyncDisposable> {
  const probe = new Probe(name);
  await Deno.writeTextFile(probe.log, "");
  return Object.assign(probe, {
    async [Symbol.asyncDispose]() {
      await run(["systemctl", "stop", name]);
    },
  });
}

Deno.test("bind NAME@ %i has each instance in the VRF of its name", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  await using _dashed = await makeBareVrf("vrf-red", 11);
  await using _long = await makeBareVrf("fifteen_letters", 12);
  await using _template = await template("probe", "User=nobody");
  const before = await unitFiles();
  await using running = await instance("probe@vrfred");
  await mustSh(`chmod 666 ${running.log}; systemctl start probe@vrfred`);
  await running.untilOn("UNBOUND");

  assertStringIncludes(
    await must(["denovrf", "bind", "--now", "probe@", "%i"]),
    "/etc/systemd/system/probe@.service.d/50-denovrf.conf",
  );
  await running.untilOn("vrfred");
  for (
    const [name, vrf] of [
      ["probe@vrf\\x2dred", "vrf-red"],
      ["probe@fifteen_letters", "fifteen_letters"],
    ] as const
  ) {
    await using later = await instance(name);
    await mustSh(`chmod 666 '${later.log}'`);
    await must(["systemctl", "start", name]);
    await later.untilOn(vrf);
    await assertNeverOutside(later, vrf);
    const reports = JSON.parse(await must(["denovrf", "list", "--json", vrf]));
    assertEquals(
      reports[0].cgroups.map((cgroup: { unit: string; attached: boolean }) => [
        cgroup.unit,
        cgroup.attached,
      ]),
      [[`${name}.service`, true]],
    );
  }
  assertStringIncludes(
    await must(["denovrf", "verify", "probe@vrfred"]),
    "processes: 1)",
  );
  const { stdout } = await run(["denovrf", "doctor"]);
  assertEquals(stdout.match(/.*probe@.*/g), null);
  await must(["denovrf", "unbind", "--now", "probe@"]);
  await running.untilOn("UNBOUND");
  assertEquals(await unitFiles(), before);
});

Deno.test("an instance whose VRF does not exist fails, and is started when it comes", async () => {
  await using _template = await template("probe");
  const before = await unitFiles();
  await must(["denovrf", "bind", "probe@", "%i"]);
  await using probe = await instance("probe@vrf\\x2dlate");
  const { stderr } = await mustFail(["systemctl", "start", probe.name]);
  assertStringIncludes(stderr, "dependency");
  await untilNoJobs();
  assertEquals(await probe.devices(), []);
  await using _vrf = await makeBareVrf("vrf-late", 13);
  await probe.untilOn("vrf-late");
  const pid = await probe.pid();
  await remakeVrf("vrf-late", 14);
  await until("it is restarted", async () => await probe.pid() !== pid);
  await probe.untilOn("vrf-late");
  await assertNeverOutside(probe, "vrf-late");
  await untilNoJobs();
  await must(["denovrf", "unbind", "probe@"]);
  assertEquals(await unitFiles(), before);
});

Deno.test("an instance whose name cannot be that of its VRF does not start", async () => {
  await using _dashed = await makeBareVrf("red-x", 11);
  await using _plain = await makeBareVrf("red", 12);
  await using _dotted = await makeBareVrf("red.100", 13);
  await using _template = await template("probe");
  await must(["denovrf", "bind", "probe@", "%i"]);
  for (const name of ["probe@red-x", "probe@red.100"]) {
    await using probe = await instance(name);
    await mustFail(["systemctl", "start", name]);
    await untilNoJobs();
    assertEquals(await probe.devices(), []);
  }
  await must(["denovrf", "unbind", "probe@"]);
});

Deno.test("bind NAME@ %i takes every option, and a socket's template", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  await mustSh(
    "mkdir -p /etc/denovrf/vrfred; echo nameserver 192.0.2.53 > /etc/denovrf/vrfred/resolv.conf",
  );
  await using _template = await template(
    "probe",
    "ExecStartPost=/bin/sh -c 'cat /etc/resolv.conf > /run/probe.resolv'",
  );
  await must([
    ...["denovrf", "bind", "--lock", "--follow", "--runtime"],
    ...["--resolv-conf", "/etc/denovrf/%I/resolv.conf", "probe@", "%i"],
  ]);
  await using probe = await instance("probe@vrfred");
  await must(["systemctl", "start", probe.name]);
  await probe.untilOn("vrfred");
  const pid = await probe.pid();
  assertStringIncludes(
    await Deno.readTextFile("/run/probe.resolv"),
    "192.0.2.53",
  );
  const [{ cgroups: [cgroup] }] = JSON.parse(
    await must(["denovrf", "list", "--json", "vrfred"]),
  );
  assertEquals([cgroup.loopback, cgroup.lock], [false, true]);
  await remakeVrf("vrfred", 15);
  await until(
    "its sockets are in the new VRF",
    async () =>
      (await must(["denovrf", "list", "--json", "vrfred"]))
        .includes('"state": "bound"'),
  );
  assertEquals(await probe.pid(), pid);
  await must(["denovrf", "unbind", "probe@"]);

  await using _socket = await unit(
    "listen@.socket",
    "[Socket]\nListenStream=7007\nService=listen@%i.service\n",
  );
  await using _service = await unit(
    "listen@.service",
    "[Service]\nExecStart=/bin/sleep infinity\n",
  );
  await must(["denovrf", "bind", "listen@.socket", "%i"]);
  await must(["systemctl", "start", "listen@vrfred.socket"]);
  await untilActive("listen@vrfred.socket");
  assertStringIncludes(await must(["ss", "-Hltn"]), "%vrfred:7007");
  await must(["systemctl", "stop", "listen@vrfred.socket"]);
  await must(["denovrf", "unbind", "listen@.socket"]);
  await mustSh("rm -r /etc/denovrf/vrfred");
});

Deno.test("bind UNIT %j takes the VRF from the end of the unit's name", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe-vrfred");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--now", "probe-vrfred", "%j"]);
  await probe.untilOn("vrfred");
  await assertNeverOutside(probe);
  await must(["denovrf", "unbind", "probe-vrfred"]);
});

Deno.test("bind refuses other specifiers, and %i for what is no template", async () => {
  await using _template = await template("probe");
  await using _unit = await new Probe("plain").unit();
  for (
    const [args, words] of [
      [["probe@", "%I"], "use %i or %j"],
      [["probe@", "%n"], "use %i or %j"],
      [["probe@", "%"], "use %i or %j"],
      [["plain", "%i"], "plain.service"],
    ] as const
  ) {
    const { code, stderr } = await run(["denovrf", "bind", ...args]);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, words);
  }
});
