/** Who is in which VRF, by list, identify and pids, and all of them at once. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { attachTo } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { ownCgroup } from "../../src/cgroup/cgroup.ts";
import type { VrfReport } from "../../src/inspect/vrf_report.ts";
import { fakePrograms } from "./fake_programs.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  ifindexOf,
  makeNetdev,
  remakeNetdev,
  stop,
} from "./fixture.ts";
import { must } from "../shell.ts";

/** An `ip` that takes every veth for a VRF, and counts how often it is asked. */
async function pretendVrfs(): Promise<
  AsyncDisposable & { path: string; calls: () => Promise<number> }
> {
  const fake = await fakePrograms({
    ip: `echo >> "\${0%/*}/calls"
case $* in *"route show"*) echo '[{"type":"unreachable","dst":"default"}]'; exit ;; esac
PATH=$PATH:/usr/sbin:/sbin
ip=$(which -a ip | grep -v "^\${0%/*}" | head -n 1)
"$ip" "$@" | sed 's/"info_kind":"veth"/"info_kind":"vrf"/g'`,
  });
  const calls = `${fake.directory}/calls`;
  await Deno.writeTextFile(calls, "");
  return {
    path: fake.searchPath,
    calls: async () => (await Deno.readTextFile(calls)).length,
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

async function list(...args: string[]): Promise<VrfReport[]> {
  const { stdout, stderr } = await denovrf(["list", "--json", ...args]);
  assertEquals(stderr, "");
  return JSON.parse(stdout);
}

Deno.test("list tells bound, stale and absent bindings, and the cgroups that they are attached to", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using _vt2 = await makeNetdev("vt2");
  for (const ifname of ["vt0", "vt1", "vt2"]) start(ifname);
  await using cgroup = Cgroup.make();
  await using inner = cgroup.child("x.service");
  attachTo("vt0", cgroup.path);
  inner.attach("vt0");
  await remakeNetdev("vt1");
  await must(["ip", "link", "delete", "vt2"]);

  const reports = await list();
  assertEquals(
    reports.map(({ ifname, state }) => [ifname, state]),
    [["vt0", "bound"], ["vt1", "stale"], ["vt2", "absent"]],
  );
  assertEquals(reports[0]?.bound, await ifindexOf("vt0"));
  assertEquals(reports[2]?.ifindex, null);
  const parent = ownCgroup().replace(/\/$/, "");
  const name = parent + cgroup.path.slice(cgroup.path.lastIndexOf("/"));
  assertEquals(reports[0]?.cgroups, [
    {
      path: name,
      unit: null,
      attached: true,
      open: false,
      loopback: false,
      lock: false,
      processes: 0,
    },
    {
      path: `${name}/x.service`,
      unit: "x.service",
      attached: true,
      open: true,
      loopback: false,
      lock: false,
      processes: 0,
    },
  ]);

  assertEquals(await list("vt1"), reports.slice(1, 2));
  const { code, stdout, stderr } = await denovrf(["list", "vt9"]);
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, 'Cannot list "vt9": there is no such VRF');
});

Deno.test("start --all and stop --all take every VRF, and ask iproute2 once for all interfaces", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using pretend = await pretendVrfs();
  const settings = { env: { PATH: pretend.path } };
  const started = await denovrf(["start", "--all"], settings);
  assertEquals(started.stderr, "");
  // The other end of a veth is one too.
  const names = started.stdout.split("\n").map((line) => line.split("/")[5]);
  assert(names.includes("vt0") && names.includes("vt1"), started.stdout);
  // The interfaces, and the routes of each VRF, by family.
  const calls = 1 + 2 * names.length;
  assertEquals(await pretend.calls(), calls);
  assertEquals(
    (await list()).filter(({ state }) => state !== "bound"),
    [],
  );
  const stopped = await denovrf(["stop", "--all", "--purge"], settings);
  assertEquals([stopped.code, stopped.stderr], [0, ""]);
  assertEquals(await pretend.calls(), calls + 1);
  assertEquals(await list(), []);
});

Deno.test("start refuses --all and VRFs together", async () => {
  const { code, stderr } = await denovrf(["start", "--all", "vt0"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Unexpected argument "vt0"');
});

Deno.test("identify and pids know the processes of exec", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  const words = (await denovrfCommand()).join(" ");
  const { stdout } = await denovrf([
    ...["exec", "vt0", "sh", "-c"],
    `${words} identify; ${words} pids vt0; ${words} exec vt1 ${words} pids vt1`,
  ]);
  const [vrf, ...members] = stdout.split("\n").map((line) => line.trim());
  assertEquals(vrf, "vt0");
  assertEquals(
    members.map((line) => line.replace(/^\d+ +/, "")),
    ["sh", "deno", "deno"],
  );
  assertEquals((await denovrf(["identify", "1"])).stdout, "");
});

Deno.test("pids, doctor and identify show names without the control characters in them", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  await using iproute2 = cgroup.child("vrf");
  await using strange = iproute2.child("a\x1bb");
  start("vt0");
  strange.attach("vt0");
  const words = (await denovrfCommand()).join(" ");

  const name = String.raw`printf 'c\nd\033e' > /proc/$$/comm`;
  const members = await strange.run(
    ["sh", "-c", `${name}; ${words} pids vt0`],
  );
  assertStringIncludes(members, "  c?d?e\n");
  stop("vt0", true);
  assertStringIncludes(
    await strange.run(["sh", "-c", `${words} doctor || true`]),
    String.raw`a\u001bb" is bound to a purged binding`,
  );
  assertEquals(
    await strange.run(["sh", "-c", `${words} identify $$`]),
    "a?b",
  );
  const { stderr } = await denovrf(["\x1b[1m"]);
  assertStringIncludes(stderr, 'Unknown command "?[1m"');
});

Deno.test("list, identify, pids and verify tell their errors at full length with --verbose", async () => {
  const settings = { env: { DENOVRF_LIBBPF: "/nosuch/libbpf.so" } };
  for (
    const args of [["list"], ["identify", "1"], ["pids", "vt0"], ["verify"]]
  ) {
    const { code, stderr } = await denovrf([...args, "--verbose"], settings);
    assertEquals([args, code], [args, 1]);
    assertStringIncludes(stderr, "cannot open shared object file");
  }
});

Deno.test("identify and pids refuse what is no process and no VRF", async () => {
  const cases: [args: string[], status: number, words: string][] = [
    [["identify", "4194305"], 1, "there is no such process"],
    [["identify", "x"], 2, 'Cannot use "x" as a process ID'],
    [["identify", "-1"], 2, 'Unknown option "-1"'],
    [["identify", "0"], 2, 'Cannot use "0"'],
    [["pids", "vt9"], 1, "there is no such VRF"],
    [["pids"], 2, "Missing argument: VRF"],
    [["pids", "a/b"], 1, 'it contains a "/"'],
  ];
  for (const [args, status, words] of cases) {
    const { code, stdout, stderr } = await denovrf(args);
    assertEquals([args, code, stdout], [args, status, ""]);
    assertStringIncludes(stderr, words);
  }
});
