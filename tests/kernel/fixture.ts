/**
 * What kernel tests need. They run as root in a network namespace and with a
 * bpffs of their own; tests/run.ts sees to both.
 */

import { assertEquals } from "@std/assert";
import { start, stopEach } from "../../src/kernel/binding.ts";
import { MAP_PINS } from "../../src/kernel/maps.ts";
import { pinPath } from "../../src/kernel/pins.ts";
import { attach, detach, openPin } from "../../src/bpf/libbpf.ts";
import { importFlags } from "../../src/build/imports.ts";
import { cgroupPath, ownCgroup } from "../../src/cgroup/cgroup.ts";
import { directoryOf, open } from "../../src/os/files.ts";
import { MODES } from "../../src/programs/modes.ts";
import { SOCK_CREATE } from "../../src/programs/sock_create.ts";
import { removeExecCgroups, removeWhenEmpty } from "./exec_cgroups.ts";
import { must, mustSh, type Result, run, type Settings } from "../shell.ts";
import { PROBE } from "../sockets/probe.ts";

/**
 * An interface that is gone at the end of its scope, with its binding and the
 * cgroups that exec has made for it.
 */
export async function makeNetdev(
  name: string,
  extra: string[] = [],
): Promise<AsyncDisposable> {
  await must(["ip", "link", "add", ...extra, "name", name, "type", "veth"]);
  // ping sockets are for the groups that this says.
  await Deno.writeTextFile(
    "/proc/sys/net/ipv4/ping_group_range",
    "0 2147483647",
  );
  return {
    async [Symbol.asyncDispose]() {
      await run(["ip", "link", "delete", name]);
      await must(["rm", "-rf", "/sys/fs/bpf/denovrf"]);
      await removeExecCgroups();
    },
  };
}

/**
 * Two interfaces by which packets can leave: "def" by default, "vt0" where a
 * socket is bound to it. Neither asks for neighbours' addresses.
 */
export async function makeWays(
  prefixes: readonly string[],
): Promise<AsyncDisposable> {
  const stack = new AsyncDisposableStack();
  for (const [at, name] of ["def", "vt0"].entries()) {
    stack.use(await makeNetdev(name));
    await mustSh(`
ip link set ${name} arp off up
ip -o link show ${name} | sed 's/.*@\\([^:]*\\):.*/\\1/' | xargs -I{} ip link set {} up
ip address add 192.0.2.${at + 1}/32 dev ${name}
ip address add 2001:db8::${at + 1}/128 dev ${name} nodad
for prefix in ${prefixes.join(" ")}; do
  ip route add $prefix dev ${name} metric 100${at}
done`);
  }
  return stack;
}

/** Deletes an interface and makes it again, with another ifindex. */
export async function remakeNetdev(name: string): Promise<number> {
  await mustSh(`ip link delete ${name}; ip link add ${name} type veth`);
  return await ifindexOf(name);
}

/** The number that the kernel knows an interface by. */
export async function ifindexOf(name: string): Promise<number> {
  const json = await must(["ip", "-json", "link", "show", "dev", name]);
  return JSON.parse(json)[0].ifindex;
}

/** Runs a command that has to succeed in the cgroup of a path. */
export function runIn(
  cgroup: string,
  command: readonly string[],
): Promise<string> {
  const script = 'echo 0 > "$0/cgroup.procs"; exec "$@"';
  return must(["sh", "-ec", script, cgroup, ...command]);
}

/** A cgroup that is gone at the end of its scope. */
export class Cgroup implements AsyncDisposable {
  readonly path: string;

  /** What goes after it. */
  readonly #others = new AsyncDisposableStack();

  constructor(parent: string, name: string) {
    this.path = `${parent}/${name}`;
    Deno.mkdirSync(this.path);
  }

  /** A cgroup in that of the tests. */
  static make(): Cgroup {
    const parent = cgroupPath(ownCgroup());
    return new Cgroup(parent, `denovrf-test-${crypto.randomUUID()}`);
  }

  /** A cgroup inside this one. */
  child(name: string): Cgroup {
    return new Cgroup(this.path, name);
  }

  /** Attaches an interface's pinned program, as systemd does it. */
  attach(ifname: string): void {
    using program = openPin(pinPath(ifname, SOCK_CREATE.name));
    using cgroup = open(this.path);
    attach(program, cgroup, SOCK_CREATE.attachType);
  }

  /** Detaches it again, as systemd does at a daemon-reload. */
  detach(ifname: string): void {
    using program = openPin(pinPath(ifname, SOCK_CREATE.name));
    using cgroup = open(this.path);
    detach(program, cgroup, SOCK_CREATE.attachType);
  }

  /** Runs a command in this cgroup. */
  run(command: readonly string[]): Promise<string> {
    return runIn(this.path, command);
  }

  /** What a program that knows nothing of VRFs says of its sockets in here. */
  probe(): Promise<string> {
    return this.run(PROBE);
  }

  /** Has what it needs go when it has gone itself. */
  outlivedBy(other: AsyncDisposable): void {
    this.#others.use(other);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _others = this.#others;
    await removeExecCgroups(this.path);
    await removeWhenEmpty(this.path);
  }
}

/**
 * A cgroup to which systemd has attached the program of an interface that was
 * made and started for it.
 */
export async function boundCgroup(ifname: string): Promise<Cgroup> {
  await using failed = new AsyncDisposableStack();
  const cgroup = failed.use(Cgroup.make());
  cgroup.outlivedBy(await makeNetdev(ifname));
  start(ifname);
  cgroup.attach(ifname);
  failed.move();
  return cgroup;
}

/** Runs denovrf as the script form does. */
export async function denovrf(
  args: string[],
  settings: Settings = {},
): Promise<Result> {
  return await run([...await denovrfCommand(), ...args], settings);
}

/** The command that {@linkcode denovrf} runs. */
export async function denovrfCommand(): Promise<string[]> {
  return [
    ...[Deno.execPath(), "run", "--quiet"],
    ...await importFlags(),
    "--allow-all",
    "main.ts",
  ];
}

/** Stops the binding of one interface. */
export function stop(ifname: string, purge: boolean): void {
  for (const failure of stopEach(purge, [ifname])) throw failure;
}

/** Every path below denovrf's directory in bpffs, sorted. */
export async function pins(): Promise<string[]> {
  const { stdout } = await run([
    "find",
    "/sys/fs/bpf/denovrf",
    "-mindepth",
    "1",
  ]);
  return stdout.split("\n").filter((path) => path !== "").sort();
}

/** The paths that pins() gives of an interface that is started. */
export function startedPins(ifname: string): string[] {
  const directory = `/sys/fs/bpf/denovrf/${ifname}`;
  const names = [...MAP_PINS, ...MODES.map(({ pin }) => pin)];
  const paths = names.map((name) => `${directory}/${name}`);
  return [...new Set([...paths.map(directoryOf), ...paths])].sort();
}

/** Fails unless denovrf said just this, and left nothing behind. */
export async function assertRefused(
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
