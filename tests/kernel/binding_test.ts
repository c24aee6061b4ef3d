import { assertEquals, assertThrows } from "@std/assert";
import { attachTo, detachFrom } from "../../src/binding/attachment.ts";
import { start } from "../../src/binding/binding.ts";
import { exit, movImm, R0 } from "../../src/bpf/insn.ts";
import {
  attachedPrograms,
  createMap,
  loadProgram,
  openPin,
  pin,
} from "../../src/bpf/libbpf.ts";
import { UserError } from "../../src/messages/errors.ts";
import { open as openFile } from "../../src/os/files.ts";
import { SOCK_CREATE } from "../../src/programs/plain.ts";
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
import { boundIfindex, objectIds } from "./objects.ts";
import { must, run } from "../shell.ts";
import { everySocket } from "../sockets/probe.ts";

const FOLDER = "/sys/fs/bpf/denovrf/vt0";

Deno.test("a new socket of every kind is bound to the interface", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  assertEquals(await cgroup.probe(), everySocket("-"));
  start("vt0");
  cgroup.attach("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("an interface with a dot in its name is bound as any other", async () => {
  await using _netdev = await makeNetdev("vt0.100");
  await using cgroup = await Cgroup.make();
  start("vt0.100");
  cgroup.attach("vt0.100");
  assertEquals(await cgroup.probe(), everySocket("vt0.100"));
  stop("vt0.100", true);
});

Deno.test("start() twice changes nothing", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  const before = objectIds("vt0");
  start("vt0");
  assertEquals(objectIds("vt0"), before);
  assertEquals(await pins(), [
    FOLDER,
    `${FOLDER}/binding`,
    `${FOLDER}/sock_create`,
  ]);
});

Deno.test("start() after the interface was made again moves what is attached", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  const before = objectIds("vt0");
  cgroup.attach("vt0");
  const ifindex = await remakeNetdev("vt0");
  start("vt0");
  assertEquals(objectIds("vt0"), before);
  assertEquals(boundIfindex("vt0"), ifindex);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("stop() leaves what is attached as it is, and start() revives it", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  cgroup.attach("vt0");
  stop("vt0", false);
  assertEquals(await pins(), [FOLDER, `${FOLDER}/binding`]);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
  const ifindex = await remakeNetdev("vt0");
  start("vt0");
  assertEquals(boundIfindex("vt0"), ifindex);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("stop() makes what is attached deny where the interface is gone", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  cgroup.attach("vt0");
  await must(["ip", "link", "delete", "vt0"]);
  stop("vt0", false);
  assertEquals(boundIfindex("vt0"), 0);
  assertEquals(await cgroup.probe(), everySocket("EPERM"));
});

Deno.test("stop() makes what is attached deny where the name is another interface's", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  cgroup.attach("vt0");
  await remakeNetdev("vt0");
  stop("vt0", false);
  assertEquals(await cgroup.probe(), everySocket("EPERM"));
});

Deno.test("stop() with purge leaves nothing, and what is attached denies", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  cgroup.attach("vt0");
  stop("vt0", true);
  assertEquals(await pins(), []);
  assertEquals(await run(["ls", "/sys/fs/bpf/denovrf"]).then((r) => r.code), 2);
  assertEquals(await cgroup.probe(), everySocket("EPERM"));
});

Deno.test("stop() of what was not started is success", async () => {
  stop("nosuch", false);
  stop("nosuch", true);
  assertEquals(await pins(), []);
});

Deno.test("a socket that an inner cgroup has bound stays in its VRF", async () => {
  await using _outer = await makeNetdev("vt0");
  await using _inner = await makeNetdev("vt1");
  await using outer = await Cgroup.make();
  await using inner = outer.child("inner");
  start("vt0");
  start("vt1");
  outer.attach("vt0");
  inner.attach("vt1");
  assertEquals(await inner.probe(), everySocket("vt1"));
  assertEquals(await outer.probe(), everySocket("vt0"));
});

Deno.test("sockets in another network namespace are left alone", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  cgroup.attach("vt0");
  const probe = ["unshare", "--net", "sh", "-c"];
  assertEquals(
    await cgroup.run([
      ...probe,
      "echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range; python3 tests/sockets/probe.py",
    ]),
    everySocket("-"),
  );
});

Deno.test("a binding is not moved to another network namespace", async () => {
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

Deno.test("attachTo() binds a cgroup for good, and once", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  attachTo("vt0", cgroup.path);
  using open = openFile(cgroup.path);
  assertEquals(attachedPrograms(open, SOCK_CREATE.attachType).length, 1);
  stop("vt0", false);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
  await remakeNetdev("vt0");
  start("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("attachTo() stays where systemd detaches what it has attached", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = await Cgroup.make();
  start("vt0");
  cgroup.attach("vt0");
  attachTo("vt0", cgroup.path);
  cgroup.detach("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("attachTo() takes the place of another binding, and detachFrom() leaves none", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using cgroup = await Cgroup.make();
  start("vt0");
  start("vt1");
  attachTo("vt0", cgroup.path);
  attachTo("vt1", cgroup.path);
  assertEquals(await cgroup.probe(), everySocket("vt1"));
  detachFrom(cgroup.path);
  assertEquals(await cgroup.probe(), everySocket("-"));
});

Deno.test("attachTo() refuses an interface that was not started", async () => {
  await using cgroup = await Cgroup.make();
  const error = assertThrows(() => attachTo("vt0", cgroup.path), UserError);
  assertEquals(error.message, 'Cannot attach "vt0": it is not started');
});

Deno.test("start() puts its program in the place of an older one of ours", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  const before = objectIds("vt0");
  {
    using map = openPin(`${FOLDER}/binding`);
    using older = loadProgram(
      { ...SOCK_CREATE, instructions: () => [movImm(R0, 1), exit()] },
      map,
    );
    await must(["rm", `${FOLDER}/sock_create`]);
    pin(older, `${FOLDER}/sock_create`);
  }
  const older = objectIds("vt0");
  start("vt0");
  const after = objectIds("vt0");
  assertEquals(after.map, before.map);
  assertEquals(after.program === older.program, false);
  await using cgroup = await Cgroup.make();
  cgroup.attach("vt0");
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("start() puts a program that reads another map out of its place", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  await must(["rm", `${FOLDER}/binding`]);
  start("vt0");
  await using cgroup = await Cgroup.make();
  cgroup.attach("vt0");
  const ifindex = await remakeNetdev("vt0");
  start("vt0");
  assertEquals(boundIfindex("vt0"), ifindex);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("start() clears away what an interrupted one left", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  await must([
    "mv",
    `${FOLDER}/sock_create`,
    `${FOLDER}/sock_create:new`,
  ]);
  start("vt0");
  assertEquals(await pins(), [
    FOLDER,
    `${FOLDER}/binding`,
    `${FOLDER}/sock_create`,
  ]);
});

Deno.test("start() refuses a foreign map or program in the place of a pin", async () => {
  await using _netdev = await makeNetdev("vt0");
  for (const name of ["binding", "sock_create"]) {
    await must(["mkdir", "-p", FOLDER]);
    {
      using foreign = createMap("foreign", 16);
      pin(foreign, `${FOLDER}/${name}`);
    }
    const error = assertThrows(() => start("vt0"), UserError);
    const what = name === "binding" ? "binding map" : "program";
    assertEquals(
      error.message,
      `Cannot use "${FOLDER}/${name}": it is not a ${what} of denovrf`,
    );
    assertEquals(await pins(), [FOLDER, `${FOLDER}/${name}`]);
    await must(["rm", "-r", FOLDER]);
  }
});

Deno.test("start() that fails leaves nothing behind", async () => {
  await using _netdev = await makeNetdev("vt0");
  {
    using foreign = createMap("foreign", 4);
    pin(foreign, "/sys/fs/bpf/denovrf");
  }
  assertThrows(() => start("vt0"), UserError, "Not a directory");
  await must(["rm", "/sys/fs/bpf/denovrf"]);
  assertThrows(() => start("nosuch"), UserError);
  assertEquals(await pins(), []);
});

Deno.test("a refused program is reported with the verifier's reason, and all it said", () => {
  using map = createMap("denovrf_map", 16);
  const spec = { ...SOCK_CREATE, instructions: () => [exit()] };
  const error = assertThrows(() => loadProgram(spec, map), UserError);
  assertEquals(
    error.message,
    'Cannot load program "sock_create": Permission denied (R0 !read_ok)',
  );
  assertEquals(error.detail?.includes("processed 1 insns"), true);
});

Deno.test("start() and stop() leave no descriptor open", async () => {
  await using _netdev = await makeNetdev("vt0");
  const cycle = () => {
    start("vt0");
    start("vt0");
    stop("vt0", false);
    start("vt0");
    stop("vt0", true);
    assertThrows(() => start("nosuch"), UserError);
  };
  const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
  cycle();
  const before = descriptors();
  cycle();
  assertEquals(descriptors(), before);
});

Deno.test("ten starts and stops at once all succeed, and end consistent", async () => {
  await using _netdev = await makeNetdev("vt0");
  const actions = Array.from(
    { length: 10 },
    (_, i) => i % 3 ? "start" : "stop",
  );
  const results = await Promise.all(
    actions.map((action) => denovrf([action, "vt0"])),
  );
  assertEquals(results.map(({ code }) => code), actions.map(() => 0));
  start("vt0");
  assertEquals(boundIfindex("vt0"), await ifindexOf("vt0"));
});

Deno.test("start and stop killed anywhere leave what the next start completes", async () => {
  await using _netdev = await makeNetdev("vt0");
  const command = await denovrfCommand();
  const duration = await timeOf(() => denovrf(["start", "vt0"]));
  for (let i = 0; i < 200; i++) {
    // From nothing, from a map without programs, and from what is started.
    if (i % 4 === 0) stop("vt0", i % 8 === 0);
    const action = i % 4 < 2
      ? ["start"]
      : i % 4 === 2
      ? ["stop"]
      : ["stop", "--purge"];
    const seconds = (duration * i / 200 / 1000).toFixed(4);
    await run([
      ...["timeout", "--signal=KILL", seconds],
      ...command,
      ...action,
      "vt0",
    ]);
    start("vt0");
    assertEquals(boundIfindex("vt0"), await ifindexOf("vt0"));
    assertEquals((await pins()).length, 3);
  }
});

/** Milliseconds. */
async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await act();
  return performance.now() - before;
}
