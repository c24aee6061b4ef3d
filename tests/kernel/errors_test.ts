import { assertEquals, assertMatch } from "@std/assert";
import { fakeLibbpf } from "./fake_libbpf.ts";
import { fakePrograms } from "./fake_programs.ts";
import { denovrf, denovrfCommand, makeNetdev, pins } from "./fixture.ts";
import { must, type Result, run, type Settings } from "../shell.ts";

/** Fails unless denovrf said just this, and left nothing behind. */
async function assertRefused(
  { code, stdout, stderr }: Result,
  lines: string[],
  status = 1,
): Promise<void> {
  assertEquals({ code, stdout, stderr: stderr.split("\n") }, {
    code: status,
    stdout: "",
    stderr: lines,
  });
  assertEquals(await pins(), []);
}

/** Runs denovrf after a script has changed the mounts that it sees. */
async function withMounts(
  script: string,
  args: string[],
  settings: Settings = {},
): Promise<Result> {
  return await run([
    ...["unshare", "--mount", "sh", "-ec", `${script}; exec "$@"`, "sh"],
    ...await denovrfCommand(),
    ...args,
  ], settings);
}

Deno.test("an interface that does not exist is refused, with a near name", async () => {
  await using _netdev = await makeNetdev("vrfred");
  await assertRefused(await denovrf(["start", "vrfrde"]), [
    'denovrf: Cannot find interface "vrfrde": it does not exist',
    'Did you mean "vrfred"?',
  ]);
  await assertRefused(await denovrf(["start", "unlike"]), [
    'denovrf: Cannot find interface "unlike": it does not exist',
    "Create it first, or use bind --force",
  ]);
});

Deno.test("what cannot be an interface's name is refused, by start and by stop", async () => {
  const cases: Record<string, string> = {
    "": "it is empty",
    "12345678901234567": "it is longer than 15 bytes",
    "../vt0": 'it holds a "/"',
    "a b": "it holds white space",
    "..": '".." is a directory',
    ".": '"." is a directory',
  };
  for (const [name, fault] of Object.entries(cases)) {
    for (const command of ["start", "stop"]) {
      await assertRefused(await denovrf([command, "--", name]), [
        `denovrf: Cannot use "${name}" as interface name: ${fault}`,
      ]);
    }
  }
});

Deno.test("an alternative name is refused with the real one, however long it is", async () => {
  await using _netdev = await makeNetdev("vt0");
  for (const altname of ["red", "customer-red-of-the-north"]) {
    await must([
      "ip",
      "link",
      "property",
      "add",
      "dev",
      "vt0",
      "altname",
      altname,
    ]);
    await assertRefused(await denovrf(["start", altname]), [
      `denovrf: Cannot use "${altname}": it is an alternative name of "vt0"`,
      'Use the name "vt0"',
    ]);
  }
});

Deno.test("one VRF that fails does not keep the others from their turn", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stdout } = await denovrf(["start", "nosuch", "vt0"]);
  assertEquals(code, 1);
  assertEquals(
    stdout,
    "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vt0/sock_create",
  );
});

Deno.test("an interface that is no VRF is bound, with a note", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stderr } = await denovrf(["start", "--quiet", "vt0"]);
  assertEquals(code, 0);
  assertEquals(
    stderr,
    'denovrf: Note: "vt0" is not a VRF; sockets are bound to it all the same',
  );
});

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

Deno.test("without bpffs, start says how to mount it", async () => {
  await using _netdev = await makeNetdev("vt0");
  for (
    const script of [
      "while umount /sys/fs/bpf 2>/dev/null; do :; done",
      "mount -t tmpfs tmpfs /sys/fs/bpf",
    ]
  ) {
    await assertRefused(await withMounts(script, ["start", "vt0"]), [
      'denovrf: Cannot use "/sys/fs/bpf": no bpffs is mounted there',
      "Mount it: mount -t bpf bpf /sys/fs/bpf -o mode=0700",
    ]);
  }
});

Deno.test("pins are put into no folder of another user's", async () => {
  await using _netdev = await makeNetdev("vt0");
  const script = `mount -t bpf bpf /sys/fs/bpf
mkdir /sys/fs/bpf/denovrf
chown 65534 /sys/fs/bpf/denovrf`;
  await assertRefused(await withMounts(script, ["start", "vt0"]), [
    'denovrf: Cannot use "/sys/fs/bpf/denovrf": it belongs to the user 65534',
    "See what it is, and remove it: rm -r /sys/fs/bpf/denovrf",
  ]);
});

Deno.test("root without capabilities is told which it lacks", async () => {
  await using _netdev = await makeNetdev("vt0");
  const result = await run([
    ...["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
    ...await denovrfCommand(),
    ...["start", "vt0"],
  ]);
  await assertRefused(result, [
    "denovrf: Cannot create map: Operation not permitted",
    "Root lacks a right here: it takes CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN, and no kernel lockdown",
  ]);
});

Deno.test("root is told of capabilities only where it is BPF that lacks them", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { code, stderr } = await denovrf([
    ...[
      "exec",
      "vt0",
      "sh",
      "-c",
      'sleep 9 & "$@"; status=$?; kill $!; exit $status',
      "sh",
    ],
    ...["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-all"],
    ...[...await denovrfCommand(), "verify"],
  ]);
  assertEquals(code, 1);
  assertMatch(
    stderr,
    /^denovrf: Cannot .*: (?:Permission denied|Operation not permitted)$/,
  );
});

Deno.test("an ip that is missing, too old or strange is named as the culprit", async () => {
  await using _netdev = await makeNetdev("vt0");
  const start = async (ip: string) => {
    await using fake = await fakePrograms({ ip });
    return await denovrf(["start", "vt0"], { env: { PATH: fake.folder } });
  };
  const install =
    "Install iproute2 (package iproute2, on Fedora iproute), or add its folder, often /usr/sbin, to PATH";
  await assertRefused(
    await denovrf(["start", "vt0"], { env: { PATH: "/nonexistent" } }),
    ['denovrf: Cannot run "ip": not found on PATH', install],
  );
  await assertRefused(
    await start(
      `echo 'Option "-json" is unknown, try "ip -help".' >&2; exit 255`,
    ),
    [
      'denovrf: Cannot find interface "vt0": this "ip" does not know "-json": Option "-json" is unknown, try "ip -help".',
      "Install iproute2 4.14 or later",
    ],
  );
  const see = "See what `ip -json -details link show` prints";
  await assertRefused(await start("echo '2: vt0: <UP>'"), [
    'denovrf: Cannot find interface "vt0": "ip" answered "2: vt0: <UP>", which is not what iproute2 prints',
    see,
  ]);
  await assertRefused(await start("true"), [
    'denovrf: Cannot find interface "vt0": "ip" answered nothing, which is not what iproute2 prints',
    see,
  ]);
  await assertRefused(await start("echo RTNETLINK broke >&2; exit 2"), [
    'denovrf: Cannot find interface "vt0": iproute2 says: RTNETLINK broke',
  ]);
  await assertRefused(await start("exit 3"), [
    'denovrf: Cannot find interface "vt0": "ip" exited with 3',
  ]);
});

const INSTALL_LIBBPF =
  "Install libbpf 1.x: package libbpf1 on Debian and Ubuntu, libbpf on Fedora and Arch";

Deno.test("a libbpf that is missing or too old is named, with the package to install", async () => {
  await using _netdev = await makeNetdev("vt0");
  const start = (path: string) =>
    denovrf(["start", "vt0"], { env: { DENOVRF_LIBBPF: path } });
  await assertRefused(await start("/nonexistent/libbpf.so.1"), [
    'denovrf: Cannot open libbpf: tried "/nonexistent/libbpf.so.1"',
    INSTALL_LIBBPF,
  ]);
  // A library without libbpf_major_version(), as libbpf was before 0.6.
  await assertRefused(await start("libm.so.6"), [
    'denovrf: Cannot use "libm.so.6": it is libbpf older than 0.6, and 1.x is needed',
    INSTALL_LIBBPF,
  ]);
  await using old = await fakeLibbpf(
    "unsigned libbpf_major_version(void) { return 0; }",
  );
  await assertRefused(await start(old.path), [
    `denovrf: Cannot use "${old.path}": it is libbpf version 0, and 1.x is needed`,
    INSTALL_LIBBPF,
  ]);
});

Deno.test("a kernel without CGROUP_BPF is told from a refused program", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakeLibbpf("int bpf_prog_load() { return -22; }");
  const result = await denovrf(["start", "vt0"], {
    env: { DENOVRF_LIBBPF: fake.path },
  });
  await assertRefused(result, [
    'denovrf: Cannot load program "sock_create": Invalid argument',
    "The kernel has to be built with CONFIG_CGROUP_BPF and CONFIG_BPF_SYSCALL",
  ]);
});

Deno.test("start --verbose names libbpf's function and the errno of a failure", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakeLibbpf("int bpf_map_create() { return -1; }");
  const { stderr } = await denovrf(["start", "--verbose", "vt0"], {
    env: { DENOVRF_LIBBPF: fake.path },
  });
  assertEquals(stderr.split("\n").at(-1), "bpf_map_create: EPERM");
});

Deno.test("start that fails half way takes back what it did", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakeLibbpf(`
#include <dlfcn.h>
#include <string.h>
int bpf_obj_pin(int fd, const char *path) {
  if (strstr(path, "sock_create")) return -28;
  int (*real)(int, const char *) = dlsym((void *)-1L, "bpf_obj_pin");
  return real(fd, path);
}`);
  const result = await denovrf(["start", "vt0"], {
    env: { DENOVRF_LIBBPF: fake.path },
  });
  await assertRefused(result, [
    'denovrf: Cannot pin at "/sys/fs/bpf/denovrf/vt0/sock_create:new": No space left on device',
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
