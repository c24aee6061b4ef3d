import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { must, run } from "../shell.ts";
import { everySocket } from "../sockets/probe.ts";
import {
  makeVrf,
  OUR_ADDRESS,
  OUR_ADDRESS6,
  PEER_ADDRESS,
  PEER_ADDRESS6,
  SANDBOX,
  unit,
  until,
} from "./guest.ts";

const PROBE = "/usr/bin/python3 /payload/tests/sockets/probe.py";

const DAEMON = "/usr/bin/python3 /payload/tests/system/daemon.py";

function bound(vrf: string): string {
  return `BPFProgram=sock_create:/sys/fs/bpf/denovrf/${vrf}/sock_create\n`;
}

/** A service that runs a program once and keeps what it prints. */
function once(name: string, command: string, settings: string): string {
  return `[Service]
Type=oneshot
ExecStart=${command}
StandardOutput=truncate:/run/${name}.out
${SANDBOX}${settings}`;
}

async function outputOfService(name: string): Promise<string> {
  await must(["systemctl", "start", name]);
  return (await Deno.readTextFile(`/run/${name}.out`)).trim();
}

Deno.test("install writes units of which systemd-analyze has nothing to say", async () => {
  assertStringIncludes(
    await must(["denovrf", "install"]),
    "/etc/systemd/system/denovrf@.service",
  );
  for (const name of ["@", "-attach@", "-follow@"]) {
    const path = `/etc/systemd/system/denovrf${name}.service`;
    // Debian's cloud images have no man, which it would ask for the page.
    const verified = await run(["systemd-analyze", "verify", "--man=no", path]);
    assertEquals(verified, { code: 0, stdout: "", stderr: "" });
  }
});

/** Whether this systemd's udevadm can verify rules, as it does since 254. */
const VERIFIES_RULES = !(await run(["udevadm", "verify", "--help"])).stderr
  .includes("Unknown command verb");

Deno.test({
  name:
    "install writes a rule of which udevadm verify, new in systemd 254, has nothing to say",
  ignore: !VERIFIES_RULES,
  async fn() {
    await must(["denovrf", "install"]);
    const rules = "/etc/udev/rules.d/99-denovrf.rules";
    const { code, stdout, stderr } = await run(["udevadm", "verify", rules]);
    assertEquals([code, stderr], [0, ""], stdout);
  },
});

Deno.test("every socket of a sandboxed service is in the VRF, and none without the setting", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  await must(["systemctl", "start", "denovrf@vrfred"]);
  const raw = "AmbientCapabilities=CAP_NET_RAW\n";
  await Deno.writeTextFile(
    "/proc/sys/net/ipv4/ping_group_range",
    "0 2147483647",
  );
  await using _in = await unit(
    "inside.service",
    once("inside", PROBE, raw + bound("vrfred")),
  );
  await using _out = await unit("outside.service", once("outside", PROBE, raw));

  assertEquals(await outputOfService("inside"), everySocket("vrfred"));
  assertEquals(await outputOfService("outside"), everySocket("-"));
  await must(["systemctl", "stop", "denovrf@vrfred"]);
});

Deno.test("two VRFs with the same addresses serve two daemons on the same port", async () => {
  await using red = await makeVrf("vrfred", 10);
  await using blue = await makeVrf("vrfblue", 20);
  await must(["systemctl", "start", "denovrf@vrfred", "denovrf@vrfblue"]);
  const server = (word: string) =>
    `[Service]\nExecStart=${DAEMON} serve 7009 ${word}\n${SANDBOX}`;
  await using _red = await unit(
    "red.service",
    server("red") + bound("vrfred"),
  );
  await using _blue = await unit(
    "blue.service",
    server("blue") + bound("vrfblue"),
  );
  await must(["systemctl", "start", "red", "blue"]);
  for (const [vrf, word] of [[red, "red"], [blue, "blue"]] as const) {
    for (const address of [OUR_ADDRESS, OUR_ADDRESS6]) {
      const ask = ["ip", "netns", "exec", vrf.peer, ...DAEMON.split(" ")];
      let answer = "";
      await until(`${vrf.name} answers`, async () => {
        const result = await run([...ask, "ask", address, "7009"]);
        answer = result.stdout;
        return result.code === 0;
      });
      assertEquals(answer, word);
    }
  }
  const sockets = await must(["ss", "--tcp", "--listening", "--numeric"]);
  assertStringIncludes(sockets, "%vrfred:7009");
  assertStringIncludes(sockets, "%vrfblue:7009");
  await must(["systemctl", "stop", "denovrf@vrfred", "denovrf@vrfblue"]);
});

Deno.test("a bound client reaches a server inside the VRF, and an unbound one does not", async () => {
  await using red = await makeVrf("vrfred", 10);
  await must(["systemctl", "start", "denovrf@vrfred"]);
  await using _server = await unit(
    "server.service",
    `[Service]
NetworkNamespacePath=/run/netns/${red.peer}
ExecStart=${DAEMON} serve 8080 hello
`,
  );
  await must(["systemctl", "start", "server"]);
  await until(
    "the server listens",
    async () =>
      (await must(["ip", "netns", "exec", red.peer, "ss", "-Htln"]))
        .includes(":8080"),
  );
  for (const address of [PEER_ADDRESS, PEER_ADDRESS6]) {
    await using _client = await unit(
      "client.service",
      once("client", `${DAEMON} ask ${address} 8080`, bound("vrfred")),
    );
    assertEquals(await outputOfService("client"), "hello");
    await using _unbound = await unit(
      "unbound.service",
      once("unbound", `${DAEMON} ask ${address} 8080`, ""),
    );
    const { code } = await run(["systemctl", "start", "unbound"]);
    assertEquals(code, 1);
  }
  await must(["systemctl", "stop", "denovrf@vrfred"]);
});

Deno.test("systemd-run takes the line that start prints, also for a name with a dot", async () => {
  await must(["ip", "link", "add", "vrf.red", "type", "vrf", "table", "10"]);
  try {
    const line = await must(["denovrf", "start", "vrf.red"]);
    assertEquals(
      line,
      "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrf:red/sock_create",
    );
    const sockets = await must([
      ...["systemd-run", "--quiet", "--pipe", "--wait", "-p", line],
      ...PROBE.split(" "),
    ]);
    assertStringIncludes(sockets, "tcp4 vrf.red\n");
    await must(["denovrf", "stop", "--purge", "vrf.red"]);
  } finally {
    await must(["ip", "link", "delete", "vrf.red"]);
  }
});

Deno.test("denovrf@ takes a name raw or escaped", async () => {
  await using _vrf = await makeVrf("vrf-red", 10);
  for (const instance of ["vrf-red", "vrf\\x2dred"]) {
    await must(["systemctl", "start", `denovrf@${instance}`]);
    await Deno.lstat("/sys/fs/bpf/denovrf/vrf-red/sock_create");
    await must(["systemctl", "stop", `denovrf@${instance}`]);
    assertEquals(
      [...Deno.readDirSync("/sys/fs/bpf/denovrf/vrf-red")]
        .map(({ name }) => name).sort(),
      ["binding", "filter"],
    );
  }
});

Deno.test("denovrf@ starts when its VRF comes if it is enabled", async () => {
  await must(["systemctl", "enable", "--quiet", "denovrf@vrf\\x2dlate"]);
  await using _vrf = await makeVrf("vrf-late", 10);
  await until(
    "the instance is active",
    async () =>
      (await run(["systemctl", "is-active", "denovrf@vrf\\x2dlate"])).code ===
        0,
  );
  await must([
    "systemctl",
    "disable",
    "--quiet",
    "--now",
    "denovrf@vrf\\x2dlate",
  ]);
});

Deno.test("denovrf@ of a VRF that does not exist fails, and the journal says why", async () => {
  const { code } = await run(["systemctl", "start", "denovrf@nosuch"]);
  assertEquals(code, 1);
  assertStringIncludes(
    await must(["journalctl", "--unit", "denovrf@nosuch", "--output", "cat"]),
    'denovrf: Cannot find interface "nosuch": it does not exist',
  );
  await must(["systemctl", "reset-failed"]);
});

Deno.test("the script form does the same, with deno on PATH", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  const script = [
    ...["env", "PATH=/payload/runner:/payload/bin:/usr/sbin:/usr/bin"],
    "/payload/denovrf.js",
  ];
  assertStringIncludes(await must([...script, "--version"]), "(script, ");
  assertEquals(
    await must([...script, "start", "vrfred"]),
    "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfred/sock_create",
  );
  await must([...script, "stop", "--purge", "vrfred"]);
});

Deno.test("an ordinary user is told to be root", async () => {
  const { code, stderr } = await run([
    ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    ...["denovrf", "start", "lo"],
  ]);
  assertEquals(code, 1);
  // It exists where something was started before.
  assertMatch(
    stderr,
    /^denovrf: Cannot (?:create directory|open) "\/sys\/fs\/bpf\/denovrf": Permission denied\nRun denovrf as root$/,
  );
});

Deno.test("no process of denovrf is left", async () => {
  const executables = await Array.fromAsync(
    Deno.readDir("/proc"),
    ({ name }) => Deno.readLink(`/proc/${name}/exe`).catch(() => ""),
  );
  assert(executables.some((path) => path.endsWith("/systemd")));
  assertEquals(executables.filter((path) => path.endsWith("/denovrf")), []);
});

Deno.test("uninstall removes what install wrote", async () => {
  await must(["denovrf", "uninstall"]);
  const { stdout } = await run([
    ...["systemctl", "show", "-P", "LoadState", "denovrf@vrfred"],
  ]);
  assertEquals(stdout, "not-found");
});
