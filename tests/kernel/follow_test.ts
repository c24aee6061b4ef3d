import { assertEquals, assertStringIncludes } from "@std/assert";
import { attachTo } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { fakePrograms } from "./fake_programs.ts";
import {
  Cgroup,
  denovrf,
  ifindexOf,
  makeNetdev,
  remakeNetdev,
} from "./fixture.ts";
import { boundIfindex } from "./objects.ts";
import { must, run } from "../shell.ts";
import { everySocket } from "../sockets/probe.ts";

/** The command of denovrf-follow@'s ExecReload=, as systemd reads it for an instance. */
async function reloadCommand(
  { ifname, instance }: Record<"ifname" | "instance", string>,
  executable: string,
): Promise<string[]> {
  const unit = (await Deno.readTextFile("units/denovrf-follow@.service"))
    .replaceAll("\\\n", "");
  const [, script = "", rest = ""] =
    /^ExecReload=\/bin\/sh -c '([^']+)' (.+)$/m.exec(unit) ?? [];
  const specifiers: Record<string, string> = {
    "%I": ifname,
    "%i": instance,
    "/usr/local/bin/denovrf": executable,
  };
  const args = rest.split(" ").map((word) => specifiers[word] ?? word);
  return ["sh", "-c", script.replaceAll("$$", "$"), ...args];
}

/** What becomes of the state of an instance, and how denovrf was called. */
async function reload(
  names: Record<"ifname" | "instance", string>,
  state: string | undefined,
  denovrf = "echo 99",
): Promise<{ state: string; call: string }> {
  await using fake = await fakePrograms({
    denovrf: `printf '%s\\n' "$*" >"\${0%/*}/call"\n${denovrf}`,
  });
  const { directory } = fake;
  const file = `${directory}/run/${names.instance}`;
  await Deno.mkdir(`${directory}/run`);
  if (state !== undefined) await Deno.writeTextFile(file, state);
  const { stderr } = await run([
    ...["unshare", "--mount", "sh", "-ec"],
    'mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run; ln -s "$0" /run/denovrf; exec "$@"',
    `${directory}/run`,
    ...await reloadCommand(names, `${directory}/denovrf`),
  ]);
  assertEquals(stderr, "");
  const read = (path: string) => Deno.readTextFile(path).catch(() => "");
  return { state: await read(file), call: await read(`${directory}/call`) };
}

Deno.test("denovrf-follow@ calls denovrf for an ifindex other than the last, and keeps what it prints", async () => {
  await using _netdev = await makeNetdev("vt-0");
  const ifindex = await ifindexOf("vt-0");
  const names = { ifname: "vt-0", instance: "vt\\x2d0" };
  // Nothing has changed.
  assertEquals(await reload(names, `${ifindex}\n`), {
    state: `${ifindex}\n`,
    call: "",
  });
  for (const state of ["7", "0 7", `0 ${ifindex}`, "", undefined]) {
    assertEquals(await reload(names, state && `${state}\n`), {
      state: "99\n",
      call: `follow -- vt\\x2d0 ${state ?? ""}\n`,
    });
  }
});

Deno.test("denovrf-follow@ calls denovrf for an interface that is gone", async () => {
  const names = { ifname: "vt0", instance: "vt0" };
  assertEquals(await reload(names, "7\n", "echo 0 7"), {
    state: "0 7\n",
    call: "follow -- vt0 7\n",
  });
  assertEquals(await reload(names, "0 7\n", "echo 0 7"), {
    state: "0 7\n",
    call: "follow -- vt0 0 7\n",
  });
  assertEquals(await reload(names, undefined, "echo 0"), {
    state: "0\n",
    call: "follow -- vt0 \n",
  });
});

Deno.test("denovrf-follow@ has denovrf try again that has failed", async () => {
  await using _netdev = await makeNetdev("vt0");
  const names = { ifname: "vt0", instance: "vt0" };
  const failed = await reload(names, "7\n", "exit 1");
  assertEquals(failed, { state: "", call: "follow -- vt0 7\n" });
  assertEquals((await reload(names, failed.state)).call, "follow -- vt0 \n");
});

/** A systemctl that knows one unit that needs denovrf@, and logs changes. */
async function scriptedSystemctl() {
  const fake = await fakePrograms({
    systemctl: `if [ "$1" = show ]; then
  printf '%s\\n' 'RequiredBy=a.service "b@c\\\\x2dd.socket"'
  echo Wants=a.service
else
  printf '%s\\n' "$*" >> "\${0%/*}/log"
fi`,
  });
  const log = `${fake.directory}/log`;
  await Deno.writeTextFile(log, "");
  return {
    settings: { env: { PATH: fake.searchPath } },
    calls: async () => (await Deno.readTextFile(log)).trim(),
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

Deno.test("follow tells the binding what has become of its interface, and brings units back", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using systemctl = await scriptedSystemctl();
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const follow = async (seen: number | string) =>
    (await denovrf(["follow", "vt0", `${seen}`], systemctl.settings)).stdout;

  const first = await ifindexOf("vt0");
  assertEquals(await follow(first), `${first}`);
  assertEquals(await systemctl.calls(), "");

  const ifindex = await remakeNetdev("vt0");
  // Whoever starts the binding first does not bring the units back.
  start("vt0");
  assertEquals(await follow(first), `${ifindex}`);
  assertEquals(boundIfindex("vt0"), ifindex);
  assertEquals(
    await systemctl.calls(),
    `--no-block try-restart -- a.service b@c\\x2dd.socket
--no-block start -- a.service`,
  );

  // Another interface under its alternative name is not it.
  await must(["ip", "link", "delete", "vt0"]);
  await using _other = await makeNetdev("vt1");
  await must([
    ...["ip", "link", "property", "add", "dev", "vt1", "altname", "vt0"],
  ]);
  assertEquals(await follow(ifindex), `0 ${ifindex}`);
  assertEquals(await follow(`0 ${ifindex}`), `0 ${ifindex}`);
  assertEquals(await follow(""), "0");
  assertEquals(
    await cgroup.probe(),
    everySocket("EPERM"),
  );
  assertEquals((await systemctl.calls()).split("\n").length, 2);
});

Deno.test("follow reports each failure, and does not tell its unit that all is done", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakePrograms({
    systemctl: `case $* in
show*) echo RequiredBy=a.service; echo Wants=b.service ;;
*) echo "Unit $4 is masked." >&2; exit 1 ;;
esac`,
  });
  start("vt0");
  const { code, stdout, stderr } = await denovrf(["follow", "vt0", "7"], {
    env: { PATH: fake.searchPath },
  });
  assertEquals([code, stdout, stderr.split("\n")], [
    1,
    "",
    [
      'denovrf: Cannot run "systemctl --no-block try-restart -- a.service": Unit a.service is masked.',
      'denovrf: Cannot run "systemctl --no-block start -- b.service": Unit b.service is masked.',
    ],
  ]);
});

Deno.test("follow of what was not started does nothing", async () => {
  await using _netdev = await makeNetdev("vt0");
  assertEquals(await denovrf(["follow", "vt0"]), {
    ...{ code: 0, stdout: "", stderr: "" },
  });
  const { code, stderr } = await denovrf(["follow", "a/b"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'it contains a "/"');
});
