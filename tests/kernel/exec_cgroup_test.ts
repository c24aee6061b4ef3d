/** The cgroup of exec: made and attached once, and what becomes of it. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  attachedBindings,
  attachMaps,
  detachFrom,
} from "../../src/kernel/attachment.ts";
import { follow, start } from "../../src/kernel/binding.ts";
import { createMaps } from "../../src/kernel/maps.ts";
import { cgroupPath, ownCgroup } from "../../src/cgroup/cgroup.ts";
import { netnsCookie } from "../../src/os/netns.ts";
import { modeWords, PLAIN_MODE } from "../../src/programs/modes.ts";
import { execCgroups, removeExecCgroups } from "./exec_cgroups.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  ifindexOf,
  makeNetdev,
  pins,
  remakeNetdev,
  stop,
} from "./fixture.ts";
import { must, run } from "../shell.ts";

/** Prints the ifindex of a new socket. */
const SOCKET = [
  ...["python3", "-c"],
  "import socket; print(socket.socket().getsockopt(1, 62))",
];

/** What exec's command says of its sockets. */
async function socketIn(ifname: string, ...options: string[]): Promise<number> {
  const { code, stdout, stderr } = await denovrf(
    ["exec", ...options, ifname, "--", ...SOCKET],
  );
  assertEquals(code, 0, stderr);
  return Number(stdout);
}

/** How many programs exec loads into the kernel. */
async function loadsOf(ifname: string): Promise<number> {
  const log = await Deno.makeTempFile();
  const { code, stderr } = await run([
    ...["strace", "-f", "-e", "trace=bpf", "-o", log],
    ...[...await denovrfCommand(), "exec", ifname, "true"],
  ]);
  assertEquals(code, 0, stderr);
  const calls = await Deno.readTextFile(log);
  await Deno.remove(log);
  return calls.match(/BPF_PROG_LOAD/g)?.length ?? 0;
}

/** The id of the one map that is attached to the one cgroup of exec. */
function mapOfExec(): number | undefined {
  const [path = "", ...others] = execCgroups();
  assertEquals(others, []);
  const bindings = attachedBindings(path);
  assertEquals(bindings.length, 1);
  return bindings[0]?.mapId;
}

for (const isPinned of [false, true]) {
  const which = isPinned ? "the VRF's binding" : "a binding of its own";

  Deno.test(`a second exec with ${which} loads nothing and uses the same cgroup`, async () => {
    await using _netdev = await makeNetdev("vt0");
    if (isPinned) start("vt0");
    await socketIn("vt0");
    const map = mapOfExec();
    assertEquals(await loadsOf("vt0"), 0);
    assertEquals(mapOfExec(), map);
  });

  Deno.test(`exec with ${which} goes on where a killed one has stopped`, async () => {
    await using _netdev = await makeNetdev("vt0");
    if (isPinned) start("vt0");
    await socketIn("vt0");
    const [path = ""] = execCgroups();
    for (const detach of [() => {}, detachFrom]) {
      await must(["rmdir", `${path}/vrf/vt0`, `${path}/vrf`]);
      detach(path);
      assertEquals(await socketIn("vt0"), await ifindexOf("vt0"));
      assertEquals(execCgroups(), [path]);
      mapOfExec();
    }
  });

  Deno.test(`exec with ${which} is in a VRF that was recreated`, async () => {
    await using _netdev = await makeNetdev("vt0");
    if (isPinned) start("vt0");
    await socketIn("vt0");
    const ifindex = await remakeNetdev("vt0");
    assertEquals(await socketIn("vt0"), ifindex);
    mapOfExec();
  });
}

Deno.test("exec killed anywhere leaves what the next one uses", async () => {
  await using _netdev = await makeNetdev("vt0");
  const ifindex = await ifindexOf("vt0");
  const command = [...await denovrfCommand(), "exec", "--lock", "vt0", "true"];
  const began = performance.now();
  assertEquals((await run(command)).code, 0);
  const duration = performance.now() - began;
  const count = 40;
  for (let i = 0; i < count; i++) {
    if (i % 2 === 0) await removeExecCgroups();
    const seconds = (duration * i / count / 1000).toFixed(4);
    await run(["timeout", "--signal=KILL", seconds, ...command]);
    if (i % 4 < 2) continue;
    assertEquals(await socketIn("vt0", "--lock"), ifindex);
    assertEquals(
      execCgroups().flatMap(attachedBindings).map(({ mode }) => mode),
      [{ ...PLAIN_MODE, lock: true }],
    );
  }
});

Deno.test("exec attaches anew when the binding is another one", async () => {
  await using _netdev = await makeNetdev("vt0");
  const ifindex = await ifindexOf("vt0");
  const maps = new Set<number | undefined>();
  const look = async () => {
    assertEquals(await socketIn("vt0"), ifindex);
    maps.add(mapOfExec());
  };
  await look();
  start("vt0");
  await look();
  stop("vt0", true);
  start("vt0");
  await look();
  assertEquals(maps.size, 3);
  // And what denies since is not what the next one is in.
  stop("vt0", true);
  await look();
});

Deno.test("exec says that its VRF is gone, also where its binding denies already", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  await socketIn("vt0");
  await must(["ip", "link", "delete", "vt0"]);
  assertEquals(follow("vt0"), 0);
  const { code, stderr } = await denovrf(["exec", "vt0", "true"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'Cannot find interface "vt0"');
});

Deno.test("exec has a cgroup for each mode", async () => {
  await using _netdev = await makeNetdev("vt0");
  const ifindex = await ifindexOf("vt0");
  for (const options of [[], ["--lock"], ["--loopback"], ["--open"]]) {
    for (const _ of ["the first", "the second"]) {
      const inMode = await socketIn("vt0", ...options);
      assertEquals(inMode, options.includes("--loopback") ? 0 : ifindex);
    }
  }
  assertEquals(execCgroups().length, 4);
  assertEquals(
    new Set(
      execCgroups().flatMap(attachedBindings).map(({ mode }) =>
        modeWords(mode)
      ),
    ),
    new Set(["plain", "lock", "loopback", "open"]),
  );
});

Deno.test("exec takes no map of another network namespace for its own", async () => {
  await using _netdev = await makeNetdev("vt0");
  await socketIn("vt0");
  const [path = ""] = execCgroups();
  {
    using maps = createMaps(1, netnsCookie() + 1n);
    attachMaps(maps, path, PLAIN_MODE);
  }
  assertEquals(await socketIn("vt0"), await ifindexOf("vt0"));
  mapOfExec();
});

Deno.test("exec without a binding makes no pins outside of the machine's namespace", async () => {
  await using _netdev = await makeNetdev("vt0");
  await socketIn("vt0");
  assertEquals(await pins(), []);
});

Deno.test("exec inside of exec replaces the cgroup, and makes none inside of it", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  const words = await denovrfCommand();
  const { stdout, stderr } = await denovrf([
    ...["exec", "vt0", ...words, "exec", "vt1", ...words, "exec", "vt0"],
    ...["cat", "/proc/self/cgroup"],
  ]);
  const own = ownCgroup();
  assertMatch(
    stdout.replace(own, "OWN"),
    /^0::OWN\/denovrf:vt0:plain:\d+\/vrf\/vt0$/m,
    stderr,
  );
  assertEquals(execCgroups().length, 2);
});

Deno.test("exec takes names that only the kernel likes", async () => {
  for (const name of ["a.b", "a\\x2d", "é@=+", "..."]) {
    await using _netdev = await makeNetdev(name);
    assertEquals(await socketIn(name), await ifindexOf(name), name);
  }
});

Deno.test("exec says why a threaded cgroup has no room for it", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using domain = Cgroup.make();
  await using threaded = domain.child("threaded");
  await Deno.writeTextFile(`${threaded.path}/cgroup.type`, "threaded");
  const said = await threaded.run([
    ...["sh", "-c", '"$@" 2>&1 && echo ran || true', "sh"],
    ...[...await denovrfCommand(), "exec", "vt0", "true"],
  ]);
  assertStringIncludes(said, "Operation not supported\nIf the cgroup around");
});

Deno.test("exec says why a read-only cgroup2 has no room for it", async () => {
  await using _netdev = await makeNetdev("vt0");
  const mount = cgroupPath("/");
  const { code, stdout, stderr } = await run([
    ...["unshare", "--mount", "sh", "-ec"],
    `mount -o remount,bind,ro ${mount}; exec "$@"`,
    ...["sh", ...await denovrfCommand(), "exec", "vt0", "true"],
  ]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^denovrf: Cannot create directory ".*": Read-only file system\nIf this is a unit with ProtectControlGroups=, bind it/,
  );
});
