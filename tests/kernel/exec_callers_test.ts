/** exec for callers with odd signals, capabilities or descriptors. */

import { assertEquals } from "@std/assert";
import { start } from "../../src/kernel/binding.ts";
import { denovrf, denovrfCommand, makeNetdev } from "./fixture.ts";
import { run } from "../shell.ts";

const SOCKET = [
  ...["python3", "-c"],
  "import socket; print(socket.socket().getsockopt(1, 62) > 0)",
];

/** Whether a line of /proc/self/status says that SIGCHLD is ignored. */
function ignoresSigchld(line: string): boolean {
  const [, mask = ""] = /^SigIgn:\s*([0-9a-f]+)$/.exec(line) ?? [];
  return (BigInt(`0x${mask}`) >> 16n & 1n) === 1n;
}

Deno.test("every command works for a caller that ignores SIGCHLD, and exec's command ignores it too", async () => {
  await using _netdev = await makeNetdev("vt0");
  const ignoring = (args: string[]) =>
    run(["bash", "-c", 'trap "" CHLD; exec "$@"', "bash", ...args]);
  const words = await denovrfCommand();
  const started = await ignoring([...words, "start", "--quiet", "vt0"]);
  assertEquals(started.code, 0, started.stderr);
  const look = ["grep", "SigIgn", "/proc/self/status"];
  // Twice, for only the first one starts children.
  for (const _ of ["the first", "the second"]) {
    const ignored = await ignoring([...words, "exec", "vt0", ...look]);
    assertEquals(ignored.code, 0, ignored.stderr);
    assertEquals(ignoresSigchld(ignored.stdout), true);
    const taken = await denovrf(["exec", "vt0", ...look]);
    assertEquals(ignoresSigchld(taken.stdout), false);
  }
});

/** Runs exec as an ordinary user with some capabilities. */
async function withCapabilities(...names: string[]) {
  // Deno and our sources are wherever they are.
  const set = [...names, "dac_read_search"].map((name) => `+${name}`).join(",");
  return await run([
    ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    ...[`--inh-caps=${set}`, `--ambient-caps=${set}`],
    ...[...await denovrfCommand(), "exec", "vt0", "--", ...SOCKET],
  ]);
}

const OF_IP_VRF = ["sys_admin", "net_admin", "dac_override"];

for (const isPinned of [false, true]) {
  Deno.test(`exec works with the capabilities that ip vrf exec takes, ${isPinned ? "with" : "without"} pins`, async () => {
    await using _netdev = await makeNetdev("vt0");
    if (isPinned) start("vt0");
    for (const _ of ["the first", "the second"]) {
      const { stdout, stderr } = await withCapabilities(...OF_IP_VRF);
      assertEquals([stdout, stderr], ["True", ""]);
    }
  });
}

Deno.test("exec says which capabilities are missing", async () => {
  await using _netdev = await makeNetdev("vt0");
  const cases: [has: string[], lacks: string][] = [
    [[], "CAP_DAC_OVERRIDE, CAP_NET_ADMIN, CAP_SYS_ADMIN"],
    [["net_admin", "sys_admin"], "CAP_DAC_OVERRIDE"],
    [["net_admin", "dac_override"], "CAP_SYS_ADMIN"],
    [["net_admin", "dac_override", "bpf"], "CAP_SYS_ADMIN"],
  ];
  for (const [has, lacks] of cases) {
    const { code, stdout, stderr } = await withCapabilities(...has);
    assertEquals([code, stdout], [1, ""]);
    assertEquals(
      stderr.split("\n").slice(1),
      [`Run it as root, or with more capabilities: ${lacks}`],
      stderr,
    );
  }
});

Deno.test("exec gives its command what its caller has open; what is closed of the first three is /dev/null", async () => {
  await using _netdev = await makeNetdev("vt0");
  const words = await denovrfCommand();
  const { stdout } = await run([
    ...["sh", "-c", '"$@" 3</dev/zero <&- 2>&-', "sh", ...words, "exec"],
    ...["vt0", "readlink", "/proc/self/fd/3", "/proc/self/fd/0"],
    ...["/proc/self/fd/2"],
  ]);
  assertEquals(stdout.split("\n"), ["/dev/zero", "/dev/null", "/dev/null"]);
});
