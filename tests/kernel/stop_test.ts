/** What stop leaves, and what that does to what is attached. */

import { assertEquals } from "@std/assert";
import { start } from "../../src/kernel/binding.ts";
import { boundCgroup, pins, remakeNetdev, stop } from "./fixture.ts";
import { boundIfindex } from "./objects.ts";
import { must, run } from "../shell.ts";
import { everySocket } from "../sockets/probe.ts";

const DIRECTORY = "/sys/fs/bpf/denovrf/vt0";

Deno.test("stop() leaves what is attached as it is, and start() revives it", async () => {
  await using cgroup = await boundCgroup("vt0");
  stop("vt0", false);
  assertEquals(await pins(), [
    DIRECTORY,
    `${DIRECTORY}/binding`,
    `${DIRECTORY}/filter`,
  ]);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
  const ifindex = await remakeNetdev("vt0");
  start("vt0");
  assertEquals(boundIfindex("vt0"), ifindex);
  assertEquals(await cgroup.probe(), everySocket("vt0"));
});

Deno.test("stop() makes what is attached deny where the interface is gone", async () => {
  await using cgroup = await boundCgroup("vt0");
  await must(["ip", "link", "delete", "vt0"]);
  stop("vt0", false);
  assertEquals(boundIfindex("vt0"), 0);
  assertEquals(await cgroup.probe(), everySocket("EPERM"));
});

Deno.test("stop() makes what is attached deny where the name is another interface's", async () => {
  await using cgroup = await boundCgroup("vt0");
  await remakeNetdev("vt0");
  stop("vt0", false);
  assertEquals(await cgroup.probe(), everySocket("EPERM"));
});

Deno.test("stop() with purge leaves nothing, and what is attached denies", async () => {
  await using cgroup = await boundCgroup("vt0");
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
