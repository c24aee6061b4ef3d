/** What the kernel, bpffs or libbpf refuses, as a person reads it. */

import { assertEquals, assertMatch } from "@std/assert";
import { fakeLibbpf } from "./fake_libbpf.ts";
import {
  assertRefused,
  denovrf,
  denovrfCommand,
  makeNetdev,
} from "./fixture.ts";
import { type Result, run, type Settings } from "../shell.ts";

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

Deno.test("root without capabilities is told which it lacks", async () => {
  await using _netdev = await makeNetdev("vt0");
  const result = await run([
    ...["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
    ...await denovrfCommand(),
    ...["start", "vt0"],
  ]);
  await assertRefused(result, [
    "denovrf: Cannot create map: Operation not permitted",
    "Missing privilege: CAP_SYS_ADMIN, or CAP_BPF and CAP_NET_ADMIN; or the kernel is locked down",
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
    'denovrf: Cannot use "libm.so.6": it is libbpf older than 0.6; 1.x is required',
    INSTALL_LIBBPF,
  ]);
  await using old = await fakeLibbpf(
    "unsigned libbpf_major_version(void) { return 0; }",
  );
  await assertRefused(await start(old.path), [
    `denovrf: Cannot use "${old.path}": it is libbpf version 0; 1.x is required`,
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
    "Use a kernel built with CONFIG_CGROUP_BPF and CONFIG_BPF_SYSCALL",
  ]);
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

Deno.test("start --verbose names libbpf's function and the errno of a failure", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakeLibbpf("int bpf_map_create() { return -1; }");
  const { stderr } = await denovrf(["start", "--verbose", "vt0"], {
    env: { DENOVRF_LIBBPF: fake.path },
  });
  assertEquals(stderr.split("\n").at(-1), "bpf_map_create: EPERM");
});
