/** What is left where start and stop fail, are killed, or run at once. */

import { assertEquals, assertThrows } from "@std/assert";
import { start } from "../../src/kernel/binding.ts";
import { createMap, pin } from "../../src/bpf/libbpf.ts";
import { UserError } from "../../src/messages/errors.ts";
import {
  denovrf,
  denovrfCommand,
  ifindexOf,
  makeNetdev,
  pins,
  startedPins,
  stop,
} from "./fixture.ts";
import { boundIfindex } from "./objects.ts";
import { must, run } from "../shell.ts";

const DIRECTORY = "/sys/fs/bpf/denovrf/vt0";

Deno.test("start() clears away what an interrupted one left", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  await must([
    "mv",
    `${DIRECTORY}/sock_create`,
    `${DIRECTORY}/sock_create:new`,
  ]);
  start("vt0");
  assertEquals(await pins(), startedPins("vt0"));
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

Deno.test("start and stop, ten at once, all succeed, and end consistent", async () => {
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
    assertEquals(await pins(), startedPins("vt0"));
  }
});

/** Milliseconds. */
async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await act();
  return performance.now() - before;
}
