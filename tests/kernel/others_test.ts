/** A bpffs to which others than root may write, as the kernel mounts it. */

import { assertEquals, assertMatch } from "@std/assert";
import { assertRefused, denovrfCommand, makeNetdev } from "./fixture.ts";
import { type Result, run } from "../shell.ts";

const AS_OTHER = "setpriv --reuid=65534 --regid=65534 --clear-groups";

const AS_NOBODY = `${AS_OTHER} --bounding-set=-all`;

/** Who may read Deno and our sources wherever they are. */
const AS_READER =
  `${AS_OTHER} --inh-caps=+dac_read_search --ambient-caps=+dac_read_search`;

/**
 * Runs a script that finds denovrf in "$@", with a bpffs of its own that has
 * the kernel's default mode. It is killed where it hangs.
 */
async function onOpenBpffs(script: string): Promise<Result> {
  return await run([
    ...["timeout", "--kill-after=1", "60"],
    ...["unshare", "--mount", "--pid", "--kill-child"],
    ...["sh", "-ec", `mount -t bpf bpf /sys/fs/bpf\n${script}`, "sh"],
    ...await denovrfCommand(),
  ]);
}

Deno.test("nobody can keep denovrf waiting by a lock on bpffs", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stdout, stderr } = await onOpenBpffs(`
mkfifo /tmp/denovrf-held-$$
${AS_NOBODY} flock -x /sys/fs/bpf sh -c "echo held; exec sleep 1000" > /tmp/denovrf-held-$$ &
read held < /tmp/denovrf-held-$$
rm /tmp/denovrf-held-$$
"$@" start --quiet vt0
${AS_NOBODY} flock -x -n /sys/fs/bpf/denovrf true 2>&1 || true
"$@" list vt0 | wc -l
"$@" stop --purge vt0
ls -d /sys/fs/bpf/denovrf 2>&1 || true`);
  assertEquals({ code, stdout, stderr: stderr.split("\n") }, {
    code: 0,
    stdout: [
      "flock: cannot open lock file /sys/fs/bpf/denovrf: Permission denied",
      "2",
      "ls: cannot access '/sys/fs/bpf/denovrf': No such file or directory",
    ].join("\n"),
    stderr: [
      'denovrf: Note: "vt0" is not a VRF; binding to it anyway',
    ],
  });
});

Deno.test("pins are put into no directory that is not root's alone", async () => {
  await using _netdev = await makeNetdev("vt0");
  const directory = "/sys/fs/bpf/denovrf";
  const cases: [script: string, lines: string[]][] = [
    [`${AS_NOBODY} mkdir -m 0700 ${directory}`, [
      `denovrf: Cannot use "${directory}": it belongs to user 65534`,
      `Inspect it, then remove it: rm -r ${directory}`,
    ]],
    [
      `${AS_NOBODY} ln -s /sys/fs/bpf/elsewhere ${directory}; mkdir /sys/fs/bpf/elsewhere`,
      [
        `denovrf: Cannot open "${directory}": Not a directory`,
      ],
    ],
    [`mkdir -m 0770 ${directory}`, [
      `denovrf: Cannot use "${directory}": others than root may look into it`,
      `See what is in it, and let only root in: chmod 0700 ${directory}`,
    ]],
    ["chmod 0777 /sys/fs/bpf", [
      'denovrf: Cannot use "/sys/fs/bpf": others than root may rename what is in it',
      "Let only root in: chmod 0700 /sys/fs/bpf",
    ]],
    ["chown 65534 /sys/fs/bpf", [
      'denovrf: Cannot use "/sys/fs/bpf": it belongs to user 65534',
      "Mount another one: mount -t bpf bpf /sys/fs/bpf -o mode=0700",
    ]],
  ];
  for (const [script, lines] of cases) {
    const result = await onOpenBpffs(`${script}; "$@" start vt0`);
    await assertRefused(result, lines);
  }
});

Deno.test("an ordinary user leaves no directory that would keep root out", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stdout, stderr } = await onOpenBpffs(`
${AS_READER} "$@" start vt0 || echo "exited with $?"
${AS_READER} "$@" exec vt0 true || echo "exited with $?"
"$@" start --quiet vt0`);
  const cgroup = /create directory "(.*\/denovrf:vt0:[^"]*)"/.exec(stderr)?.[1];
  assertEquals({ code, stdout, stderr: stderr.split("\n") }, {
    code: 0,
    stdout: "exited with 1\nexited with 1",
    stderr: [
      'denovrf: Cannot create directory "/sys/fs/bpf/denovrf": Permission denied',
      "Run denovrf as root",
      `denovrf: Cannot create directory "${cgroup}": Permission denied`,
      "Run it as root, or with more capabilities: CAP_DAC_OVERRIDE, CAP_NET_ADMIN, CAP_SYS_ADMIN",
      'denovrf: Note: "vt0" is not a VRF; binding to it anyway',
    ],
  });
});

/**
 * Makes the directory of all pins, and takes it away, in turns as long as what a
 * start does between its looks.
 */
const RACER = `directory=/sys/fs/bpf/denovrf
while :; do
  for pause in 0.001 0.01 0.02 0.04; do
    mkdir -m 0777 $directory
    sleep $pause
    mv $directory $directory-mine
    rmdir $directory-mine $directory
    sleep $pause
  done
done`;

Deno.test("nobody wins the directory of all pins by making it while a start looks", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stdout, stderr } = await onOpenBpffs(`
${AS_NOBODY} sh -c '${RACER}' 2>&- & racer=$!
for _ in $(seq 40); do
  if "$@" start --quiet vt0 2>&1; then
    stat -c 'in a directory of %u, %a' /sys/fs/bpf/denovrf
    "$@" stop --purge vt0
  fi
done
kill $racer`);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const said = new Set(
    stdout.split("\n").filter((line) => !/: Note: /.test(line)),
  );
  for (const line of said) {
    assertMatch(
      line,
      /^in a directory of 0, 700$|^denovrf: Cannot use "\/sys\/fs\/bpf\/denovrf": it belongs to user 65534$|^Inspect it, then remove it: rm -r \/sys\/fs\/bpf\/denovrf$/,
    );
  }
});

Deno.test("doctor warns of a bpffs to which others may write", async () => {
  const levels = async (script: string) => {
    const { stdout } = await onOpenBpffs(
      `${script}; "$@" doctor --json || true`,
    );
    const findings: { check: string; level: string }[] = JSON.parse(stdout);
    return findings.filter(({ check }) => check === "bpffs")
      .map(({ level }) => level);
  };
  assertEquals(await levels("true"), ["warning"]);
  assertEquals(await levels("chmod 0700 /sys/fs/bpf"), ["ok"]);
  assertEquals(await levels("chmod 0777 /sys/fs/bpf"), ["problem"]);
});
