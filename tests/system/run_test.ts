import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { takeRunOptions } from "../../src/systemd/run_options.ts";
import { must, mustSh, type Result, run } from "../shell.ts";
import { until } from "./guest.ts";
import { makeBareVrf, remakeVrf } from "./probe.ts";

await must(["denovrf", "install"]);

/** Prints the device of a new socket, and exits with 7. */
const SHOW_DEVICE = [
  ...["/usr/bin/python3", "-c"],
  `import socket as s, sys
print(s.socket().getsockopt(1, 25, 16).rstrip(b"\\0").decode() or "UNBOUND")
sys.exit(7)`,
];

/** Options of systemd-run that wait, with the exit status that is seen then. */
const WAITING: [options: string, status: number][] = [
  ["--pipe", 7],
  ["--pipe --wait", 7],
  ["--quiet --pipe --wait --collect", 7],
  ["--scope", 7],
  ["--scope --quiet", 7],
  ["--scope --slice=denovrftest", 7],
  ["--scope --unit=denovrftest", 7],
  ["--scope --uid=nobody --gid=nogroup", 7],
  ["--scope --nice=3 -E A=1 --description=x -p CPUWeight=50", 7],
  ["--unit=denovrftest --pipe", 7],
  ["-u denovrftest.service -P --wait", 7],
  ["--uid=nobody --gid=nogroup --pipe", 7],
  ["-p DynamicUser=yes -p ProtectSystem=strict -p PrivateTmp=yes -P", 7],
  ["-p MemoryMax=20M -p TasksMax=2 -P", 7],
  ["--slice=denovrftest --pipe -E A=1 --nice=3 -d", 7],
  ["--service-type=oneshot --pipe --wait", 7],
  ["-p SuccessExitStatus=7 --pipe --wait", 0],
  ["--same-dir --setenv=A -qPG", 7],
];

function denovrfRun(options: string[], command: string[]): Promise<Result> {
  return run(["denovrf", "run", "vrfred", ...options, "--", ...command]);
}

Deno.test("run gives systemd-run's modes a VRF, and passes the exit status on", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  for (const [options, status] of WAITING) {
    const { code, stdout, stderr } = await denovrfRun(
      options.split(" "),
      SHOW_DEVICE,
    );
    assertEquals([options, code, stdout], [options, status, "vrfred"], stderr);
    await run(["systemctl", "reset-failed"]);
  }
});

Deno.test("run puts options in front of the VRF where a person writes them there", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const { code, stdout, stderr } = await run([
    ...["denovrf", "run", "-u", "denovrftest", "--pipe", "vrfred"],
    ...["--quiet", ...SHOW_DEVICE],
  ]);
  assertEquals([code, stdout], [7, "vrfred"], stderr);
  await run(["systemctl", "reset-failed"]);
});

Deno.test("run --pty has a terminal, and --shell a shell", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  // script(1) gives systemd-run the terminal that it asks for.
  const command = `denovrf run vrfred --pty -q -- sh -c 'tty; stty size; ${
    SHOW_DEVICE.slice(0, 2).join(" ")
  } "import socket as s; print(s.socket().getsockopt(1, 25, 16))"'`;
  const { code, stdout } = await run([
    ...[
      "python3",
      "-c",
      "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)",
    ],
    ...["sh", "-c", command],
  ]);
  assertEquals(code, 0, stdout);
  assertStringIncludes(stdout, "/dev/pts/");
  assertStringIncludes(stdout, "b'vrfred");
});

Deno.test("run without waiting, and timers, run their service in the VRF", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const log = "/run/denovrf-run.log";
  const command = [
    ...["sh", "-c", `"$@" >> ${log}`, "sh", ...SHOW_DEVICE],
  ];
  const modes = [
    "--no-block --collect",
    "--on-active=1s --timer-property=AccuracySec=100ms --collect",
    "--on-active=1s --unit=denovrftest --collect",
    "--on-active=1s --unit=denovrftest2.timer --collect",
    `--path-property=PathExists=/proc --unit=denovrftest3 -p RemainAfterExit=yes -p SuccessExitStatus=7`,
  ];
  for (const mode of modes) {
    await Deno.writeTextFile(log, "");
    const { code, stderr } = await denovrfRun(mode.split(" "), command);
    assertEquals(code, 0, `${mode}: ${stderr}`);
    await until(
      `it ran with ${mode}`,
      async () => await Deno.readTextFile(log) !== "",
    );
    const lines = (await Deno.readTextFile(log)).trim().split("\n");
    assertEquals([mode, ...new Set(lines)], [mode, "vrfred"]);
    await run(["systemctl", "stop", "denovrftest3.path", "denovrftest3"]);
    await run(["systemctl", "reset-failed"]);
  }
});

Deno.test("run --socket-property listens in the VRF", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const { code, stderr } = await denovrfRun(
    ["--unit=denovrftest4", "--socket-property=ListenStream=7009"],
    ["/bin/true"],
  );
  assertEquals(code, 0, stderr);
  const sockets = await must(["ss", "-Hltn", "sport = 7009"]);
  await run(["systemctl", "stop", "denovrftest4.socket"]);
  assertStringIncludes(sockets, "*%vrfred:7009");
});

Deno.test("run starts what stays in its VRF through a daemon-reload", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const loop = ["/usr/bin/python3", "/payload/tests/system/probe_loop.py"];
  for (const [mode, log] of [["--quiet", "/run/a"], ["--scope", "/run/b"]]) {
    const child = new Deno.Command("denovrf", {
      args: [
        ...["run", "vrfred", mode ?? "", "--unit=denovrftest", "--"],
        ...[...loop, log ?? ""],
      ],
      stderr: "null",
    }).spawn();
    await until(
      "it makes sockets",
      async () => (await run(["cat", log ?? ""])).stdout !== "",
    );
    await must(["systemctl", "daemon-reload"]);
    await must(["systemctl", "daemon-reexec"]);
    await remakeVrf("vrfred", 10);
    await until(
      "it follows",
      async () => / vrfred$/.test((await Deno.readTextFile(log ?? "")).trim()),
    );
    const devices = (await Deno.readTextFile(log ?? "")).trim().split("\n")
      .map((line) => line.split(" ")[2]);
    assertEquals(devices.filter((device) => device === "UNBOUND"), []);
    await run([
      "systemctl",
      "stop",
      "denovrftest.service",
      "denovrftest.scope",
    ]);
    await child.status;
  }
});

Deno.test("run leaves no process of denovrf, and the command is systemd's child", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await must([
    ...["denovrf", "run", "vrfred", "-q", "--unit=denovrftest"],
    ...["sleep", "1000"],
  ]);
  const scope = new Deno.Command("denovrf", {
    args: [
      "run",
      "vrfred",
      "--scope",
      "-q",
      "--unit=denovrftest",
      "sleep",
      "1000",
    ],
  }).spawn();
  const parents = async () =>
    (await mustSh(`
for process in $(grep -l '^sleep$' /proc/[0-9]*/comm); do
  sed -n 's/^PPid:.//p' "\${process%comm}status"
done`)).split("\n").sort();
  await until("both run", async () => (await parents()).length === 2);
  assertEquals(await parents(), ["1", `${Deno.pid}`].sort());
  assertEquals(
    await mustSh("cat /proc/[0-9]*/comm | grep -c ^denovrf || true"),
    "0",
  );
  await must(["systemctl", "stop", "denovrftest.service", "denovrftest.scope"]);
  await scope.status;
});

Deno.test("run refuses what would leave the VRF, and says why", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await must([
    ...["systemd-run", "-q", "--unit=denovrftest", "sleep", "1000"],
  ]);
  const cases: [args: string[], status: number, words: string][] = [
    [["run", "vrfred", "--user", "true"], 1, "Use --uid=USER"],
    [["run", "vrfred", "-M", "x", "true"], 1, "with --machine"],
    [["run", "vrfred", "-H", "x", "true"], 1, "with --host"],
    [["run", "vrfnone", "true"], 1, 'Cannot find interface "vrfnone"'],
    [["run", "vrfred"], 2, "Missing argument: COMMAND"],
    [
      ["run", "vrfred", "-p", "BPFProgram=", "true"],
      1,
      "would remove the binding",
    ],
    [
      [
        ...["run", "vrfred", "-p"],
        ...["BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrfblue/sock_create"],
        "true",
      ],
      1,
      'it binds to "vrfblue"',
    ],
    [["run", "vrfred", "--unit=denovrftest", "true"], 1, "denovrftest.service"],
    [["run", "vrfred", "no-such-command"], 127, "No such file or directory"],
    [["run", "vrfred", "/etc/passwd"], 126, "Permission denied"],
    [["run", "vrfred", "--scope", "no-such-command"], 127, "No such file"],
  ];
  for (const [args, status, words] of cases) {
    const { code, stdout, stderr } = await run(["denovrf", ...args]);
    assertEquals([args, code, stdout], [args, status, ""], stderr);
    assertStringIncludes(stderr, words);
  }
  await must(["systemctl", "stop", "denovrftest"]);
});

Deno.test("run holds both its own BPFProgram= and another of the user's", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await must(["denovrf", "start", "-q", "vrfred"]);
  const pin = "/sys/fs/bpf/denovrf/vrfred/sock_create";
  const { code, stdout, stderr } = await denovrfRun(
    ["-P", "-q", "-p", `BPFProgram=sock_create:${pin}`],
    SHOW_DEVICE,
  );
  assertEquals([code, stdout], [7, "vrfred"], stderr);
});

Deno.test("run binds directly without the units, and scopes are exec's", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await must(["systemctl", "stop", "denovrf@vrfred"]);
  await must(["denovrf", "uninstall"]);
  try {
    const { code, stdout, stderr } = await denovrfRun(["-Pq"], SHOW_DEVICE);
    assertEquals([code, stdout], [7, "vrfred"], stderr);
    const scope = await denovrfRun(["--scope"], SHOW_DEVICE);
    assertEquals(scope.code, 1);
    assertStringIncludes(scope.stderr, "denovrf install");
    const exec = await run(["denovrf", "exec", "vrfred", ...SHOW_DEVICE]);
    assertEquals([exec.code, exec.stdout], [7, "vrfred"], exec.stderr);
  } finally {
    await must(["denovrf", "install"]);
  }
});

Deno.test("run knows every option with a value that systemd-run has", async () => {
  const help = await must(["systemd-run", "--help"]);
  const names = [...help.matchAll(/--([a-z-]+)(?:=|\[)/g)].map(([, name]) =>
    name ?? ""
  );
  assert(names.length > 15, help);
  for (const name of names) {
    assertEquals(takeRunOptions(`--${name}`, "x").words, 2, name);
  }
});
