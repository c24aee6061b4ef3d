/** What start pins, and what it finds pinned already. */

import {
  assertEquals,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { start } from "../../src/kernel/binding.ts";
import { exit, mov, R0 } from "../../src/bpf/insn.ts";
import { createMap, openPin, pin } from "../../src/bpf/libbpf.ts";
import { loadProgram } from "../../src/bpf/load.ts";
import { UserError } from "../../src/messages/errors.ts";
import { makeDirectories } from "../../src/os/files.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";
import {
  boundCgroup,
  Cgroup,
  denovrfCommand,
  makeNetdev,
  pins,
  remakeNetdev,
  startedPins,
} from "./fixture.ts";
import { boundIfindex, objectIds } from "./objects.ts";
import { must, run } from "../shell.ts";
import { everySocket } from "../sockets/probe.ts";

const DIRECTORY = "/sys/fs/bpf/denovrf/vt0";

Deno.test("start() twice changes nothing", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  const before = objectIds("vt0");
  start("vt0");
  assertEquals(objectIds("vt0"), before);
  assertEquals(await pins(), startedPins("vt0"));
});

Deno.test("start() after the interface was recreated moves what is attached", async () => {
  await using cgroup = await boundCgroup("vt0");
  const before = objectIds("vt0");
  const ifindex = await remakeNetdev("vt0");
  start("vt0");
  assertEquals(objectIds("vt0"), before);
  assertEquals(boundIfindex("vt0"), ifindex);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("start moves no binding to another network namespace", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  const ifindex = boundIfindex("vt0");
  const { code, stderr } = await run([
    ...["unshare", "--net", "sh", "-c"],
    'ip link add vt0 index 4321 type veth; exec "$@"',
    "sh",
    ...await denovrfCommand(),
    ...["start", "vt0"],
  ]);
  assertEquals([code, boundIfindex("vt0")], [1, ifindex]);
  assertEquals(
    stderr.split("\n")[0],
    'denovrf: Cannot start "vt0": its binding belongs to another network namespace',
  );
});

Deno.test("start() puts its program in the place of an older one of ours", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  const before = objectIds("vt0");
  {
    using map = openPin(`${DIRECTORY}/binding`);
    using older = loadProgram(
      { ...SOCK_CREATE, instructions: () => [mov(R0, 1), exit()] },
      { binding: map, filter: map },
    );
    await must(["rm", `${DIRECTORY}/sock_create`]);
    pin(older, `${DIRECTORY}/sock_create`);
  }
  const older = objectIds("vt0");
  start("vt0");
  const after = objectIds("vt0");
  assertEquals(after.map, before.map);
  assertNotEquals(after.program, older.program);
  await using cgroup = Cgroup.make();
  cgroup.attach("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("start() puts a program that reads another map out of its place", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  await must(["rm", `${DIRECTORY}/binding`]);
  start("vt0");
  await using cgroup = Cgroup.make();
  cgroup.attach("vt0");
  const ifindex = await remakeNetdev("vt0");
  start("vt0");
  assertEquals(boundIfindex("vt0"), ifindex);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("start() refuses a foreign map or program in the place of a pin", async () => {
  await using _netdev = await makeNetdev("vt0");
  for (
    const [name, what] of [
      ["binding", "binding map"],
      ["filter", "filter map"],
      ["sock_create", "program"],
    ]
  ) {
    makeDirectories(DIRECTORY);
    {
      using foreign = createMap("foreign", 16);
      pin(foreign, `${DIRECTORY}/${name}`);
    }
    const error = assertThrows(() => start("vt0"), UserError);
    assertEquals(
      error.message,
      `Cannot use "${DIRECTORY}/${name}": it is not a ${what} of denovrf`,
    );
    assertEquals(await pins(), [DIRECTORY, `${DIRECTORY}/${name}`]);
    await must(["rm", "-r", DIRECTORY]);
  }
});

Deno.test("loadProgram() reports a refused program with the verifier's reason, and all it said", () => {
  using map = createMap("denovrf_map", 16);
  const spec = { ...SOCK_CREATE, instructions: () => [exit()] };
  const error = assertThrows(
    () => loadProgram(spec, { binding: map, filter: map }),
    UserError,
  );
  assertEquals(
    error.message,
    'Cannot load program "sock_create": Permission denied (R0 !read_ok)',
  );
  assertStringIncludes(error.detail ?? "", "processed 1 insns");
});
