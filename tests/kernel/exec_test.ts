import { assertEquals, assertStringIncludes } from "@std/assert";
import { attachedMapIds } from "../../src/kernel/attachment.ts";
import { attachedPrograms } from "../../src/bpf/libbpf.ts";
import { open } from "../../src/os/files.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";
import { execCgroups } from "./exec_cgroups.ts";
import { denovrf, denovrfCommand, ifindexOf, makeNetdev } from "./fixture.ts";
import { run } from "../shell.ts";
import { everySocket, PROBE } from "../sockets/probe.ts";

Deno.test("exec runs a command whose sockets are bound", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stdout, stderr } = await denovrf(["exec", "vt0", ...PROBE]);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: everySocket("vt0"),
    stderr: "",
  });
});

Deno.test("exec binds a command without privileges, and those that it starts", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { stdout } = await denovrf([
    ...["exec", "vt0", "--", "setpriv", "--reuid=65534", "--regid=65534"],
    ...["--clear-groups", "--bounding-set=-all", "sh", "-c", PROBE.join(" ")],
  ]);
  assertEquals(
    stdout,
    everySocket("vt0").replaceAll(/^(raw.) .*$/gm, "$1 EPERM"),
  );
});

Deno.test("exec's exit status is the command's, as a shell gives it", async () => {
  await using _netdev = await makeNetdev("vt0");
  const cases: [command: string[], status: number, stderr: string][] = [
    [["true"], 0, ""],
    [["sh", "-c", "exit 7"], 7, ""],
    [["sh", "-c", "kill -KILL $$"], 128 + 9, ""],
    [["sh", "-c", "kill -PIPE $$"], 128 + 13, ""],
    [
      ["no-such-command"],
      127,
      'denovrf: Cannot run "no-such-command": No such file or directory',
    ],
    [
      ["./deno.json"],
      126,
      'denovrf: Cannot run "./deno.json": Permission denied',
    ],
    [["/"], 126, 'denovrf: Cannot run "/": Permission denied'],
  ];
  for (const [command, status, words] of cases) {
    const { code, stderr } = await denovrf(["exec", "vt0", ...command]);
    assertEquals(
      { code, stderr },
      { code: status, stderr: words },
      `${command}`,
    );
  }
});

Deno.test("exec that fails before the command says why, and leaves no cgroup", async () => {
  await using _netdev = await makeNetdev("vt0");
  const cases: [args: string[], status: number, words: string][] = [
    [["exec", "vt1", "true"], 1, 'Cannot find interface "vt1"'],
    [["exec", "vt0"], 2, "Missing argument: COMMAND"],
    [["exec"], 2, "Missing argument: VRF"],
    [["exec", "--what", "vt0", "true"], 2, 'Unknown option "--what"'],
    [["exec", "vt0", "-x", "true"], 2, 'Unknown option "-x"'],
  ];
  for (const [args, status, words] of cases) {
    const { code, stdout, stderr } = await denovrf(args);
    assertEquals([code, stdout], [status, ""], stderr);
    assertStringIncludes(stderr, words);
  }
  assertEquals(execCgroups(), []);
});

Deno.test("exec is replaced by the command: same process, and none besides", async () => {
  await using _netdev = await makeNetdev("vt0");
  const [program = "", ...args] = await denovrfCommand();
  const child = new Deno.Command(program, {
    args: [...args, "exec", "vt0", "sh", "-c", "echo ready; read line"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const [cgroup] = execCgroups();
  assertEquals(
    await Deno.readTextFile(`${cgroup}/vrf/vt0/cgroup.procs`),
    `${child.pid}\n`,
  );
  assertEquals(await Deno.readTextFile(`/proc/${child.pid}/comm`), "sh\n");
  const children = await Deno.readTextFile(
    `/proc/${child.pid}/task/${child.pid}/children`,
  );
  assertEquals(children, "");
  child.kill("SIGTERM");
  assertEquals((await child.status).signal, "SIGTERM");
  await reader.cancel();
  await child.stdin.abort().catch(() => {});
});

Deno.test("exec's children stay in the VRF when the command has ended", async () => {
  await using _netdev = await makeNetdev("vt0");
  const script =
    'sh -c "read line; exec python3 tests/sockets/probe.py" <&3 & echo started';
  const child = new Deno.Command("sh", {
    args: [
      ...["-c", 'exec 3<&0; "$@"', "sh"],
      ...[...await denovrfCommand(), "exec", "vt0", "sh", "-c", script],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader.read()).value, "started\n");
  await child.status;
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("go\n"));
  await writer.close();
  let output = "";
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    output += next.value;
  }
  assertEquals(output.trim(), everySocket("vt0"));
});

Deno.test("exec binds each of 50 commands at once, in one cgroup", async () => {
  await using _netdev = await makeNetdev("vt0");
  const one = "import socket as s; print(s.socket().getsockopt(1, 62))";
  const results = await Promise.all(
    Array.from(
      { length: 50 },
      () => denovrf(["exec", "vt0", "python3", "-c", one]),
    ),
  );
  const ifindex = `${await ifindexOf("vt0")}`;
  assertEquals(
    results.filter(({ stdout }) => stdout !== ifindex),
    [],
  );
  assertEquals(execCgroups().length, 1);
});

Deno.test("exec waits for another one that attaches to the same cgroup", async () => {
  await using _netdev = await makeNetdev("vt0");
  const command = [...await denovrfCommand(), "exec", "vt0", "true"];
  const slow = run([
    ...["strace", "-f", "-o", "/dev/null", "--quiet=all"],
    ...["--inject=bpf:delay_enter=100ms", ...command],
  ]);
  while (execCgroups().flatMap(attachedMapIds).length === 0) {
    await new Promise((wake) => setTimeout(wake, 10));
  }
  assertEquals((await run(command)).code, 0);
  assertEquals((await slow).code, 0);
  const [path = ""] = execCgroups();
  using cgroup = open(path);
  const programs = attachedPrograms(cgroup, SOCK_CREATE.attachType);
  assertEquals(programs.length, 1);
});
