import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { attachTo } from "../../src/kernel/attachment.ts";
import { start } from "../../src/kernel/binding.ts";
import { UserError } from "../../src/messages/errors.ts";
import { fakeLibbpf, refusing } from "./fake_libbpf.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  makeNetdev,
  makeWays,
  stop,
} from "./fixture.ts";
import { mustSh } from "../shell.ts";
import { assertMatrix, PREFIXES } from "../sockets/matrix.ts";

const LOOPBACK = { open: false, loopback: true, lock: false };

Deno.test("--loopback binds sockets when they turn elsewhere", async () => {
  await using _ways = await makeWays(PREFIXES);
  await assertMatrix("vt0", "def", [
    ...await denovrfCommand(),
    ...["exec", "--loopback", "vt0"],
  ]);
});

Deno.test("--loopback binds sockets of every other protocol when they are made", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path, LOOPBACK);
  assertEquals((await cgroup.probe()).split("\n"), [
    ...["tcp4 -", "tcp6 -", "udp4 -", "udp6 -"],
    ...["raw4 vt0", "raw6 vt0", "ping4 vt0", "ping6 vt0", "mptcp4 EPERM"],
  ]);
});

Deno.test("--loopback lets nothing out where the interface is gone", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path, LOOPBACK);
  const script = `
import errno, socket, subprocess, sys
def seen(call, *args):
    try: return call(*args) or "ok"
    except OSError as error: return errno.errorcode[error.errno]
made = [socket.socket(), socket.socket(), socket.socket(),
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
print("made", flush=True)
sys.stdin.readline()
print(seen(socket.socket))
print(seen(made[0].connect, ("198.51.100.7", 9)), seen(made[0].connect, ("127.0.0.1", 9)))
print(seen(made[1].bind, ("0.0.0.0", 7101)), seen(made[1].bind, ("127.0.0.1", 0)))
print(seen(made[2].listen), made[2].getsockopt(1, 62, 4))
print(seen(made[3].sendto, b"x", ("198.51.100.7", 9)), seen(made[3].sendto, b"x", ("127.0.0.1", 9)))`;
  const child = new Deno.Command("sh", {
    args: [
      ...["-ec", 'echo 0 > "$0/cgroup.procs"; exec "$@"', cgroup.path],
      ...["python3", "-c", script],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  await mustSh("ip link delete vt0");
  stop("vt0", false);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("\n"));
  await writer.close();
  let output = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    output += part.value;
  }
  await child.status;
  assertEquals(output.trim().split("\n"), [
    "EPERM",
    "EPERM ECONNREFUSED",
    "EPERM ok",
    // An interface that nobody has: 0x7fffffff.
    "ok b'\\xff\\xff\\xff\\x7f'",
    "EPERM 1",
  ]);
});

Deno.test("exec --loopback replaces a plain binding, and the other way round", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  start("vt0");
  attachTo("vt0", cgroup.path, LOOPBACK);
  attachTo("vt0", cgroup.path);
  assertStringIncludes(await cgroup.probe(), "tcp4 vt0");
  attachTo("vt0", cgroup.path, LOOPBACK);
  assertStringIncludes(await cgroup.probe(), "tcp4 -");
});

Deno.test("attachTo() refuses the loopback mode inside of a cgroup in the plain one", async () => {
  await using _vt0 = await makeNetdev("vt0");
  await using outer = Cgroup.make();
  await using inner = outer.child("inner");
  start("vt0");
  attachTo("vt0", outer.path);
  assertThrows(
    () => attachTo("vt0", inner.path, LOOPBACK),
    UserError,
    ", is bound without --loopback",
  );
  attachTo("vt0", outer.path, LOOPBACK);
  attachTo("vt0", inner.path, LOOPBACK);
});

Deno.test("exec refuses --loopback with the reason where a helper is missing", async () => {
  await using _netdev = await makeNetdev("vt0");
  // Linux before 5.18 has no bpf_set_retval().
  await using library = await fakeLibbpf(
    refusing(187, "EINVAL", "unknown func bpf_set_retval#187\\n"),
  );
  const env = { DENOVRF_LIBBPF: library.path };
  const { code, stderr } = await denovrf(
    ["exec", "--loopback", "vt0", "true"],
    { env },
  );
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    'Cannot load program "loopback/sendmsg4": Invalid argument (unknown func bpf_set_retval#187)\nIt requires Linux 5.18 or later',
  );
  assertEquals((await denovrf(["start", "vt0"], { env })).code, 0);
});
