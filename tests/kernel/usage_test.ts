/** What a command line comes to, right or wrong. */

import { assertEquals } from "@std/assert";
import {
  assertRefused,
  denovrf,
  denovrfCommand,
  makeNetdev,
} from "./fixture.ts";
import { run } from "../shell.ts";

Deno.test("start works in an empty environment, without PATH", async () => {
  await using _netdev = await makeNetdev("vt0");
  const [deno = "", ...args] = [...await denovrfCommand(), "start", "vt0"];
  const { code } = await run(["env", "-i", "DENO_DIR=/tmp", deno, ...args]);
  assertEquals(code, 0);
});

Deno.test("start --verbose shows every change, and a second one shows none", async () => {
  await using _netdev = await makeNetdev("vt0");
  const shown = async (command: string[]) =>
    (await denovrf([...command, "--verbose", "vt0"])).stderr
      .split("\n").filter((line) => line.startsWith("[#] "));
  assertEquals(await shown(["start"]), [
    "[#] mkdir -m 0700 /sys/fs/bpf/denovrf",
    "[#] mkdir -m 0700 /sys/fs/bpf/denovrf/vt0",
    "[#] pin /sys/fs/bpf/denovrf/vt0/binding",
    "[#] pin /sys/fs/bpf/denovrf/vt0/sock_create:new",
    "[#] mv /sys/fs/bpf/denovrf/vt0/sock_create:new /sys/fs/bpf/denovrf/vt0/sock_create",
  ]);
  assertEquals(await shown(["start"]), []);
  assertEquals(await shown(["stop", "--purge"]), [
    "[#] binding ifindex 0",
    "[#] rm /sys/fs/bpf/denovrf/vt0/sock_create",
    "[#] rm /sys/fs/bpf/denovrf/vt0/binding",
    "[#] rmdir /sys/fs/bpf/denovrf/vt0",
    "[#] rmdir /sys/fs/bpf/denovrf",
  ]);
});

Deno.test("wrong usage exits with 2 and the usage of the command", async () => {
  await assertRefused(
    await denovrf(["strat", "vt0"]),
    [
      'denovrf: Unknown command "strat"',
      'Did you mean "start"?',
      "Usage: denovrf COMMAND [OPTION…] [ARGUMENT…]; denovrf help lists the commands",
    ],
    2,
  );
  await assertRefused(
    await denovrf(["stop", "--purgee", "vt0"]),
    [
      'denovrf: Unknown option "--purgee"',
      'Did you mean "--purge"?',
      "Usage: denovrf stop [OPTION…] VRF… | --all",
    ],
    2,
  );
  await assertRefused(
    await denovrf(["start"]),
    ["denovrf: No VRF is given", "Usage: denovrf start [OPTION…] VRF… | --all"],
    2,
  );
});
