import { assertEquals, assertStringIncludes } from "@std/assert";
import { attachTo } from "../../src/binding/attachment.ts";
import { start } from "../../src/binding/binding.ts";
import {
  exit,
  type Insn,
  movImm,
  movReg,
  R0,
  R1,
  R6,
  storeMem,
} from "../../src/bpf/insn.ts";
import { attach, createMap, loadProgram } from "../../src/bpf/libbpf.ts";
import { open } from "../../src/os/files.ts";
import { SOCK_CREATE } from "../../src/programs/plain.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  ifindexOf,
  makeNetdev,
} from "./fixture.ts";
import { must, run } from "../shell.ts";
import { everySocket } from "../sockets/probe.ts";

const PROBE = ["python3", "tests/sockets/probe.py"];

/** The cgroups that exec has made, wherever the caller's is. */
async function execCgroups(): Promise<string> {
  return await must(["find", "/sys/fs/cgroup", "-name", "denovrf-exec-*"]);
}

async function untilNoExecCgroup(): Promise<void> {
  for (let tries = 0; await execCgroups() !== ""; tries++) {
    if (tries > 100) throw new Error(`still there: ${await execCgroups()}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

Deno.test("exec runs a command whose sockets are bound, and nothing stays of its cgroup", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stdout, stderr } = await denovrf(["exec", "vt0", ...PROBE]);
  assertEquals({ code, stdout, stderr }, {
    code: 0,
    stdout: everySocket("vt0"),
    stderr: "",
  });
  await untilNoExecCgroup();
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
  await untilNoExecCgroup();
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
  await untilNoExecCgroup();
});

Deno.test("exec that fails before the command says why, and leaves no cgroup", async () => {
  await using _netdev = await makeNetdev("vt0");
  const cases: [args: string[], status: number, words: string][] = [
    [["exec", "vt1", "true"], 1, 'Cannot find interface "vt1"'],
    [["exec", "vt0"], 2, "A VRF and a command are needed"],
    [["exec"], 2, "A VRF and a command are needed"],
    [["exec", "--what", "vt0", "true"], 2, 'Unknown option "--what"'],
    [["exec", "vt0", "-x", "true"], 2, 'Unknown option "-x"'],
  ];
  for (const [args, status, words] of cases) {
    const { code, stdout, stderr } = await denovrf(args);
    assertEquals([code, stdout], [status, ""], stderr);
    assertStringIncludes(stderr, words);
  }
  assertEquals(await execCgroups(), "");
});

Deno.test("exec leaves the command's words alone", async () => {
  await using _netdev = await makeNetdev("vt0");
  const words = ["--help", "--", "-v", "", "a b", "$x", "\n", "ü€"];
  const { stdout } = await denovrf([
    ...["exec", "vt0", "printf", "<%s>"],
    ...words,
  ]);
  assertEquals(stdout, words.map((word) => `<${word}>`).join(""));
  await untilNoExecCgroup();
});

Deno.test("exec leaves words alone that are not UTF-8, and however many there are", async () => {
  await using _netdev = await makeNetdev("vt0");
  const words = (await denovrfCommand()).join(" ");
  const { stdout } = await run([
    ...[
      "sh",
      "-c",
      `${words} exec vt0 printf %s "$(printf 'a\\351b')" | od -An -c`,
    ],
  ]);
  assertEquals(stdout.replace(/ +/g, " "), "a 351 b");
  const many = await run([
    ...["sh", "-c", `${words} exec vt0 echo $(seq 40000) | wc -w`],
  ]);
  assertEquals(many.stdout, "40000");
  await untilNoExecCgroup();
});

/** Everything that a process has from its caller, as far as a shell can see. */
const INHERITED = `
pwd; umask; cat; echo to stderr >&2
grep -E "^(NoNewPrivs|Groups|Cap)" /proc/self/status
# Without the signals that the C library has for itself, from 32 on.
sed -n 's/^\\(Sig[BI].*\\).\\{9\\}\\(.\\{7\\}\\)$/\\1\\2/p' /proc/self/status
cat /proc/self/limits /proc/self/oom_score_adj
ls /proc/self/fd
tr '\\0' '\\n' < /proc/self/environ | sort
ps -o nice=,pri=,cls= $$`;

Deno.test("exec gives the command all that its caller has", async () => {
  await using _netdev = await makeNetdev("vt0");
  const here = Deno.cwd();
  const command = (await denovrfCommand()).map((word) =>
    /^(main\.ts|src\/)/.test(word) ? `${here}/${word}` : word
  );
  /** A caller with settings that are nobody's default. */
  const caller = (behind: string[]) =>
    run([
      ...[
        "sh",
        "-c",
        `umask 027; ulimit -Sn 321; ulimit -c 0; trap '' HUP USR1
cd /var/tmp; exec 7</dev/null 8>&1; echo input | nice -n 3 "$@"`,
        "sh",
      ],
      ...[...behind, "sh", "-c", INHERITED],
    ], {
      clearEnv: true,
      env: { A: "1", "b.c": "x=y", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });
  const direct = await caller([]);
  assertEquals(await caller([...command, "exec", "vt0"]), direct);
  assertStringIncludes(direct.stdout, "321");
  await untilNoExecCgroup();
});

Deno.test("exec without PATH finds the command where execvp(3) does, and sets none", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { stdout, stderr } = await denovrf(["exec", "vt0", "env"], {
    clearEnv: true,
  });
  assertEquals([stdout, stderr], ["", ""]);
  await untilNoExecCgroup();
});

Deno.test("exec is replaced by the command: same process, and none besides", async () => {
  await untilNoExecCgroup();
  await using _netdev = await makeNetdev("vt0");
  const [program = "", ...args] = await denovrfCommand();
  const child = new Deno.Command(program, {
    args: [...args, "exec", "vt0", "sh", "-c", "echo ready; read line"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const cgroup = await execCgroups();
  assertEquals(
    await Deno.readTextFile(`${cgroup}/cgroup.procs`),
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
  await untilNoExecCgroup();
});

Deno.test("a cgroup of exec stays for as long as the command's children do", async () => {
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
  await untilNoExecCgroup();
});

Deno.test("50 commands at once are each bound, and no cgroup is left", async () => {
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
  await untilNoExecCgroup();
});

Deno.test("keys and a terminal that is closed reach the command", async () => {
  await using _netdev = await makeNetdev("vt0");
  const cases: [key: string, script: string, end: string][] = [
    ["c", "echo ready; exec sleep 1000", "ended by SIGINT"],
    [
      "c",
      "trap 'exit 9' INT; echo ready; while :; do sleep 0.1; done",
      "exited with 9",
    ],
    ["\\", "echo ready; exec sleep 1000", "ended by SIGQUIT"],
    ["z", "echo ready; exec sleep 1000", "stopped by SIGTSTP"],
    ["hangup", "echo ready; exec sleep 1000", "ended by SIGHUP"],
  ];
  for (const [key, script, end] of cases) {
    const stdout = await must([
      ...["python3", "tests/kernel/terminal.py", key],
      ...[...await denovrfCommand(), "exec", "vt0", "sh", "-c", script],
    ]);
    assertEquals(stdout, end);
  }
  await untilNoExecCgroup();
});

Deno.test("exec inside exec: the innermost VRF wins, and default leaves it", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  const denovrfWords = await denovrfCommand();
  const inner = await denovrf(
    ["exec", "vt0", ...denovrfWords, "exec", "vt1", ...PROBE],
  );
  assertEquals(inner.stdout, everySocket("vt1"), inner.stderr);
  const left = await denovrf(
    ["exec", "vt0", ...denovrfWords, "exec", "default", ...PROBE],
  );
  assertEquals(left.stdout, everySocket("-"), left.stderr);
  const never = await denovrf(["exec", "default", ...PROBE]);
  assertEquals(never.stdout, everySocket("-"), never.stderr);
  await untilNoExecCgroup();
});

Deno.test("exec in a bound cgroup binds to another VRF, and cannot leave for default", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using cgroup = await Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path);
  const denovrfWords = await denovrfCommand();
  assertEquals(
    await cgroup.run([...denovrfWords, "exec", "vt1", ...PROBE]),
    everySocket("vt1"),
  );
  await untilNoExecCgroup();
  const message = await cgroup.run([
    ...["sh", "-c", '"$@" 2>&1 && echo left || true', "sh"],
    ...[...denovrfWords, "exec", "default", "true"],
  ]);
  assertStringIncludes(message, "denovrf: Cannot leave the VRF: the cgroup");
  assertStringIncludes(message, "bound unit");
});

/** Binds whatever comes, as iproute2's program does. */
function bindsTo(ifindex: number): Insn[] {
  return [
    movReg(R6, R1),
    movImm(R1, ifindex),
    storeMem("u32", R6, 0, R1),
    movImm(R0, 1),
    exit(),
  ];
}

Deno.test("exec refuses to run where another program has the last word", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using cgroup = await Cgroup.make();
  const ifindex = await ifindexOf("vt1");
  {
    using map = createMap("foreign", 16);
    using program = loadProgram({
      ...SOCK_CREATE,
      kernelName: "foreign",
      instructions: () => bindsTo(ifindex),
    }, map);
    using outer = open(cgroup.path);
    attach(program, outer, SOCK_CREATE.attachType);
  }
  const denovrfWords = await denovrfCommand();
  for (const vrf of ["vt0", "default"]) {
    const message = await cgroup.run([
      ...["sh", "-c", '"$@" 2>&1 && echo ran || true', "sh"],
      ...[...denovrfWords, "exec", vrf, "true"],
    ]);
    assertStringIncludes(
      message,
      `another program binds sockets here to ifindex ${ifindex}`,
    );
  }
  await untilNoExecCgroup();
});

Deno.test("exec inside ip vrf exec's cgroup is in the VRF that it says", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using _vt1 = await makeNetdev("vt1");
  await using outer = await Cgroup.make();
  await using vrf = outer.child("vrf");
  await using cgroup = vrf.child("vt1");
  start("vt1");
  cgroup.attach("vt1");
  const denovrfWords = await denovrfCommand();
  for (const [name, device] of [["vt0", "vt0"], ["default", "-"]] as const) {
    assertEquals(
      await cgroup.run([...denovrfWords, "exec", name, ...PROBE]),
      everySocket(device),
    );
  }
  await untilNoExecCgroup();
});
