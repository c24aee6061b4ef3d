/** exec where systemd is: in units, in sessions, without D-Bus, beside iproute2. */

import { assertEquals, assertMatch } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { unit, until, untilActive } from "./guest.ts";
import { makeBareVrf } from "./probe.ts";

await must(["denovrf", "install"]);

/** The cgroup of a process, below the root. */
function cgroupOf(pid: string): Promise<string> {
  return mustSh(`sed -n 's/^0:://p' /proc/${pid}/cgroup`);
}

/** Whether systemd's own view of a unit has a cgroup, and processes in it. */
function show(name: string, property: string): Promise<string> {
  return must(["systemctl", "show", "--value", "-p", property, name]);
}

/** The options of the cgroup2 hierarchy. */
function hierarchy(): Promise<string> {
  return must(["findmnt", "-rnt", "cgroup2", "-o", "OPTIONS"]);
}

const CHILDREN =
  `/bin/sh -c 'setsid sleep 4242 & echo $$! > /run/exec-child; exec sleep 4243'`;

for (const options of ["", "--lock "]) {
  Deno.test(`a unit's "denovrf exec ${options}…" stays in the unit, over a daemon-reload, and stops with it`, async () => {
    await using _vrf = await makeBareVrf("vrfred", 10);
    await using _unit = await unit(
      "execs.service",
      `[Service]
TasksMax=20
ExecStart=/usr/local/bin/denovrf exec ${options}vrfred -- ${CHILDREN}
ExecReload=/usr/local/bin/denovrf exec ${options}vrfred -- true
`,
    );
    for (const _ of ["the first start", "the second"]) {
      await must(["systemctl", "start", "execs"]);
      const pid = await show("execs", "MainPID");
      await until(
        "the command runs",
        async () => await mustSh(`cat /proc/${pid}/comm`) === "sleep",
      );
      const child = await mustSh("cat /run/exec-child");
      for (const each of [pid, child]) {
        assertMatch(
          await cgroupOf(each),
          /^\/system\.slice\/execs\.service\/denovrf:vrfred:(plain|lock):\d+\/vrf\/vrfred$/,
        );
      }
      await must(["systemctl", "daemon-reload"]);
      await must(["systemctl", "reload", "execs"]);
      assertEquals(await must(["ip", "vrf", "identify", pid]), "vrfred");
      assertEquals(await must(["denovrf", "identify", pid]), "vrfred");
      assertEquals(await show("execs", "TasksCurrent"), "2");
      await must(["systemctl", "stop", "execs"]);
      for (const each of [pid, child]) {
        assertEquals((await run(["test", "-e", `/proc/${each}`])).code, 1);
      }
      const left = "/sys/fs/cgroup/system.slice/execs.service";
      await until(
        "its cgroup is gone",
        async () => (await run(["test", "-e", left])).code === 1,
      );
    }
  });
}

for (const [how, setting] of [["a", "PIDFile=/run/forks.pid"], ["no", ""]]) {
  Deno.test(`a unit of Type=forking with ${how} PIDFile= lives as long as the daemon that exec has started`, async () => {
    await using _vrf = await makeBareVrf("vrfred", 10);
    await using _unit = await unit(
      "forks.service",
      `[Service]
Type=forking
${setting}
ExecStart=/usr/local/bin/denovrf exec vrfred -- /bin/sh -c 'sleep 4244 & echo $$! > /run/forks.pid'
`,
    );
    await must(["systemctl", "start", "forks"]);
    await untilActive("forks");
    const pid = await mustSh("cat /run/forks.pid");
    // It looks for the main process only in the unit's own cgroup.
    assertEquals(await show("forks", "MainPID"), setting === "" ? "0" : pid);
    assertEquals(await must(["denovrf", "identify", pid]), "vrfred");
    await must(["kill", pid]);
    await until(
      "the unit has ended",
      async () => (await run(["systemctl", "is-active", "forks"])).code !== 0,
    );
    await must(["systemctl", "start", "forks"]);
    const second = await mustSh("cat /run/forks.pid");
    await must(["systemctl", "stop", "forks"]);
    assertEquals((await run(["test", "-e", `/proc/${second}`])).code, 1);
  });
}

Deno.test("a unit with ProtectControlGroups= is told to be bound instead", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const { code, stderr } = await run([
    ...["systemd-run", "-Pq", "-p", "ProtectControlGroups=yes"],
    ...["denovrf", "exec", "vrfred", "true"],
  ]);
  assertEquals(code, 1);
  assertMatch(stderr, /Read-only file system\nIf this is a unit with Protect/);
});

Deno.test("exec in a unit with a network namespace of its own binds to the VRF there", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await must(["denovrf", "exec", "vrfred", "true"]);
  const before = await hierarchy();
  await mustSh(`
ip netns add execns
ip -n execns link add pad type dummy
ip -n execns link add vrfred up type vrf table 10`);
  try {
    const device = `/usr/bin/python3 -c 'import socket as s
print(s.socket().getsockopt(1, 25, 16))'`;
    const inUnit = await run([
      ...["systemd-run", "-Pq", "-p", "NetworkNamespacePath=/run/netns/execns"],
      ...["sh", "-c", `denovrf exec vrfred -- ${device}`],
    ]);
    assertMatch(inUnit.stdout, /vrfred/, inUnit.stderr);
    const byIp = await run([
      ...["ip", "netns", "exec", "execns", "denovrf", "exec", "vrfred"],
      ...["sh", "-c", device],
    ]);
    assertMatch(byIp.stdout, /vrfred/, byIp.stderr);
    // A mount of cgroup2 with other options changes the whole hierarchy.
    assertEquals(await hierarchy(), before);
    assertMatch(before, /nsdelegate/);
  } finally {
    await must(["ip", "netns", "delete", "execns"]);
  }
});

Deno.test("exec works without D-Bus, and leaves no unit", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const units = () =>
    must(["systemctl", "list-units", "--no-legend", "*.scope"]);
  await mustSh("systemctl stop dbus.socket dbus.service 2>&1");
  try {
    const before = await units();
    const { code, stdout, stderr } = await run([
      ...["denovrf", "exec", "vrfred", "sh", "-c", "ip vrf identify $$"],
    ]);
    assertEquals({ code, stdout, stderr }, {
      ...{ code: 0, stdout: "vrfred", stderr: "" },
    });
    assertEquals(await units(), before);
  } finally {
    await must(["systemctl", "start", "dbus.socket"]);
  }
});

Deno.test("ip vrf finds what exec runs, and ip vrf exec works inside of it", async () => {
  await using _red = await makeBareVrf("vrfred", 10);
  await using _blue = await makeBareVrf("vrfblue", 20);
  const script = `echo $$; ip vrf identify $$; ip vrf pids vrfred | grep sh$
for vrf in vrfred vrfblue; do ip vrf exec $vrf ip vrf identify; done
denovrf exec vrfblue ip vrf identify`;
  const { stdout, stderr } = await run([
    ...["denovrf", "exec", "--open", "vrfred", "sh", "-c", script],
  ]);
  const [pid, ...lines] = stdout.split("\n").map((line) => line.trim());
  assertEquals(lines, [
    ...["vrfred", `${pid}  sh`, "vrfred", "vrfblue", "vrfblue"],
  ], stderr);
});
