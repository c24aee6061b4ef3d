/** Commands of which one system call fails, each in turn. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { start, stopEach } from "../../src/kernel/binding.ts";
import { fakePrograms } from "./fake_programs.ts";
import { type Fault, ownCalls, runWith } from "./faults.ts";
import { denovrf, denovrfCommand, makeNetdev, pins } from "./fixture.ts";
import { must, type Result } from "../shell.ts";

/** The errors that calls can have. */
const ERRORS: Readonly<Record<string, readonly string[]>> = {
  bpf: ["ENOMEM", "EPERM", "ENOSPC", "EBUSY"],
  execve: ["ENOMEM", "EACCES", "E2BIG"],
  flock: ["ENOLCK", "EINTR"],
  getdents64: ["EIO", "ENOMEM"],
  getsockopt: ["ENOMEM"],
  mkdir: ["ENOSPC", "EACCES", "ENOMEM"],
  mkdirat: ["ENOSPC", "EACCES", "ENOMEM"],
  openat: ["EMFILE", "ENFILE", "ENOMEM", "EACCES"],
  read: ["EIO", "EINTR"],
  rename: ["ENOMEM", "EBUSY"],
  renameat: ["ENOMEM", "EBUSY"],
  renameat2: ["ENOMEM", "EBUSY"],
  rmdir: ["ENOMEM", "EACCES"],
  socket: ["EMFILE", "ENOBUFS"],
  statfs: ["ENOMEM", "EIO"],
  statx: ["ENOMEM", "EACCES"],
  unlink: ["EBUSY", "EPERM"],
  unlinkat: ["EBUSY", "EPERM"],
  // Not EPIPE, of which Deno says nothing: nobody reads then.
  write: ["ENOSPC", "EIO"],
};

/** Every error of (nearly) every call, by hand, for it takes 20 minutes. */
const ALL = Deno.env.get("DENOVRF_FAULTS") === "all";

/** How many are taken of a command's calls by one name, twice. */
const SAMPLE = ALL ? 60 : 3;

/** What the command of exec says: the device of its sockets. */
const SOCKET = "import socket; print(socket.socket().getsockopt(1, 62))";

/** A command, and what exists before it. */
interface Case {
  readonly args: readonly string[];
  readonly prepare: () => void;
}

const CASES: Readonly<Record<string, Case>> = {
  "start": { args: ["start", "vt0"], prepare: purge },
  "stop --purge": {
    args: ["stop", "--purge", "vt0"],
    prepare: () => start("vt0"),
  },
  "exec": {
    args: ["exec", "vt0", "python3", "-c", SOCKET],
    prepare: () => start("vt0"),
  },
  "list": { args: ["list"], prepare: () => start("vt0") },
};

function purge(): void {
  for (const failure of stopEach(true, ["vt0"])) throw failure;
}

for (const [name, { args, prepare }] of Object.entries(CASES)) {
  Deno.test(`${name} ends well, whichever of its calls fails`, async () => {
    await using _netdev = await makeNetdev("vt0");
    const command = [...await denovrfCommand(), ...args];
    prepare();
    const before = await pins();
    // The first time, Deno calls more than later.
    const clean = await denovrf([...args]);
    assertEquals(clean.code, 0);
    const after = await pins();
    prepare();
    const calls = await ownCalls(command, Object.keys(ERRORS));

    let count = 0;
    const problems: string[] = [];
    for (const fault of faultsOf(calls)) {
      prepare();
      const result = await runWith(fault, command);
      if (result.failed === undefined) continue;
      if (result.code !== 0) count++;
      try {
        assertEndsWell(result, clean);
        // What cannot be printed is done, and stop may be half way.
        if (result.code === 0 || fault.syscall === "write") {
          assertEquals(await pins(), after);
        } else if (name !== "stop --purge") {
          assertEquals(await pins(), before);
        }
        assertEquals(await denovrf([...args]), clean);
        assertEquals(await pins(), after);
      } catch (error) {
        problems.push(`${JSON.stringify(fault)}\n${result.failed}\n${error}`);
      }
    }
    assertEquals(problems.length, 0, problems.join("\n\n"));
    assert(count > 10, `only ${count} failures`);
  });
}

/** Done in full, or one line that says what failed, and what to do. */
function assertEndsWell({ code, stdout, stderr }: Result, clean: Result): void {
  if (code === 0) {
    assertEquals(stdout, clean.stdout);
    return;
  }
  const words = stderr.split("\n").filter((line) => !/: Note: /.test(line));
  assertMatch(words[0] ?? "", /^denovrf: Cannot .*: ./, stderr);
  assert(words.length <= 2, stderr);
}

/** Some of the calls: the first ones, and others evenly chosen. */
function faultsOf(calls: ReadonlyMap<string, readonly number[]>): Fault[] {
  return [...calls].flatMap(([syscall, ordinals]) => {
    const errors = ERRORS[syscall] ?? [];
    const some = [
      ...ordinals.slice(0, SAMPLE),
      ...evenly(ordinals.slice(SAMPLE)),
    ];
    return some.flatMap((nth, at) =>
      errors.filter((_, which) => ALL || which === at % errors.length)
        .map((error) => ({ syscall, nth, error }))
    );
  });
}

function evenly(ordinals: readonly number[]): number[] {
  const step = Math.max(1, ordinals.length / SAMPLE);
  return ordinals.filter((_, at) => at % step < 1);
}

Deno.test("list ends well, whichever of ip's calls fails", async () => {
  await using _netdev = await makeNetdev("vt0");
  start("vt0");
  const ip = await must(["sh", "-c", "command -v ip"]);
  await using fake = await fakePrograms({
    ip: `exec strace -o "\${0%/*}/log" $(cat "\${0%/*}/options") ${ip} "$@"`,
  });
  const settings = { env: { PATH: fake.searchPath } };
  const clean = await denovrf(["list"]);
  // What it writes into a pipe arrives; if it did not, ip would not say so.
  for (const syscall of ["openat", "read", "socket"]) {
    const [error] = ERRORS[syscall] ?? [];
    let nth = 1;
    while (true) {
      await Deno.writeTextFile(
        `${fake.directory}/options`,
        `--quiet=all --inject=${syscall}:error=${error}:when=${nth}`,
      );
      const result = await denovrf(["list"], settings);
      const log = await Deno.readTextFile(`${fake.directory}/log`);
      if (!log.includes("(INJECTED)")) break;
      assertEndsWell(result, clean);
      nth++;
    }
    assert(nth > 1, syscall);
  }
});
