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
import { must } from "../shell.ts";
import { everySocket } from "../sockets/probe.ts";

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

Deno.test("follow of what was not started does nothing", async () => {
  await using _netdev = await makeNetdev("vt0");
  assertEquals(await denovrf(["follow", "vt0"]), {
    ...{ code: 0, stdout: "", stderr: "" },
  });
  const { code, stderr } = await denovrf(["follow", "a/b"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'it contains a "/"');
});
