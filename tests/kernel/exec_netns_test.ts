/** exec in network namespaces, and where no cgroup2 shows the caller's. */

import { assertEquals } from "@std/assert";
import { start } from "../../src/kernel/binding.ts";
import { cgroupPath, visibleRoot } from "../../src/cgroup/cgroup.ts";
import { removeExecCgroups } from "./exec_cgroups.ts";
import {
  Cgroup,
  denovrf,
  denovrfCommand,
  ifindexOf,
  makeNetdev,
  pins,
} from "./fixture.ts";
import { must, mustSh, run } from "../shell.ts";

/** Prints the device of a new socket. */
const DEVICE = [
  ...["python3", "-c"],
  `import socket as s
print(s.socket().getsockopt(1, 25, 16).rstrip(b"\\0").decode() or "-")`,
];

/** A network namespace with an interface of the same name in each. */
async function makeNetns(
  name: string,
  ifname: string,
): Promise<AsyncDisposable> {
  await mustSh(`
ip netns add ${name}
ip -n ${name} link add pad type veth
ip -n ${name} link add ${ifname} type veth`);
  return {
    async [Symbol.asyncDispose]() {
      await run(["ip", "netns", "delete", name]);
      await removeExecCgroups();
    },
  };
}

/** By a new /sys, as ip-netns(8) makes it, and by the caller's own. */
const WAYS: Readonly<Record<string, (netns: string) => string[]>> = {
  "ip netns exec": (netns) => ["ip", "netns", "exec", netns],
  "nsenter": (netns) => ["nsenter", `--net=/run/netns/${netns}`],
};

for (const [name, behind] of Object.entries(WAYS)) {
  Deno.test(`exec works behind ${name}, for VRFs of one name in each namespace`, async () => {
    await using _netdev = await makeNetdev("vt0");
    await using _a = await makeNetns("denovrf-a", "vt0");
    await using _b = await makeNetns("denovrf-b", "vt0");
    start("vt0");
    const before = await pins();
    const words = await denovrfCommand();
    for (const _ of ["the first", "the second"]) {
      for (const netns of ["denovrf-a", "denovrf-b"]) {
        const { stdout, stderr } = await run([
          ...[...behind(netns), ...words, "exec", "vt0", ...DEVICE],
        ]);
        assertEquals([stdout, stderr], ["vt0", ""]);
      }
      const here = await denovrf(["exec", "vt0", ...DEVICE]);
      assertEquals(here.stdout, "vt0", here.stderr);
    }
    assertEquals(await pins(), before);
  });
}

Deno.test("exec in another namespace leaves the machine's own free for the name", async () => {
  await using _a = await makeNetns("denovrf-a", "vt0");
  const words = await denovrfCommand();
  await must([
    ...["nsenter", "--net=/run/netns/denovrf-a", ...words],
    ...["exec", "vt0", "true"],
  ]);
  await using _netdev = await makeNetdev("vt0");
  assertEquals((await denovrf(["start", "--quiet", "vt0"])).code, 0);
});

Deno.test("exec in a network namespace is in its caller's cgroup", async () => {
  await using cgroup = Cgroup.make();
  await using _a = await makeNetns("denovrf-a", "vt0");
  const words = await denovrfCommand();
  const said = await cgroup.run([
    ...["ip", "netns", "exec", "denovrf-a", ...words],
    ...["exec", "vt0", "sed", "-n", "s/^0:://p", "/proc/self/cgroup"],
  ]);
  const own = cgroup.path.slice(cgroupPath(visibleRoot()).length);
  assertEquals(
    said.replace(/:\d+\/vrf/, ":INODE/vrf"),
    `${own}/denovrf:vt0:plain:INODE/vrf/vt0`,
  );
});

Deno.test("exec works where no bpffs is mounted", async () => {
  await using _netdev = await makeNetdev("vt0");
  const { stdout, stderr } = await run([
    ...["unshare", "--mount", "sh", "-ec", 'umount /sys/fs/bpf; exec "$@"'],
    ...["sh", ...await denovrfCommand(), "exec", "vt0", ...DEVICE],
  ]);
  assertEquals([stdout, stderr], ["vt0", ""]);
});

Deno.test("exec works in a cgroup namespace with the outer mount", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using cgroup = Cgroup.make();
  const words = await denovrfCommand();
  for (const _ of ["the first", "the second"]) {
    const said = await cgroup.run(
      ["unshare", "--cgroup", ...words, "exec", "vt0", ...DEVICE],
    );
    assertEquals(said, "vt0");
  }
});

Deno.test("exec shows its cgroup2 to nobody, and leaves the command no descriptor", async () => {
  await using _a = await makeNetns("denovrf-a", "vt0");
  const words = await denovrfCommand();
  const look = "grep -c cgroup2 /proc/self/mountinfo; ls /proc/self/fd";
  const seen = await run([
    ...["ip", "netns", "exec", "denovrf-a", "sh", "-c", look],
  ]);
  const { stdout } = await run([
    ...["ip", "netns", "exec", "denovrf-a", ...words],
    ...["exec", "vt0", "sh", "-c", look],
  ]);
  assertEquals(stdout, seen.stdout);
});

Deno.test("exec default in a namespace of its own leaves what is bound in another", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using _a = await makeNetns("denovrf-a", "vt0");
  await using cgroup = Cgroup.make();
  start("vt0");
  cgroup.attach("vt0");
  const words = await denovrfCommand();
  const inside = ["ip", "netns", "exec", "denovrf-a", ...words, "exec"];
  assertEquals(await cgroup.run([...inside, "default", ...DEVICE]), "-");
  assertEquals(await cgroup.run([...inside, "vt0", ...DEVICE]), "vt0");
  assertEquals(await cgroup.run(DEVICE), "vt0");
});

Deno.test("identify and pids name the namespace of what is in another one", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using _a = await makeNetns("denovrf-a", "vt0");
  const words = await denovrfCommand();
  const sleeper = async (behind: string[]) => {
    const [program = "", ...args] = [
      ...[...behind, ...words, "exec", "vt0"],
      ...["sh", "-c", "echo; exec sleep 1000"],
    ];
    const child = new Deno.Command(program, { args, stdout: "piped" }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    return child;
  };
  const here = await sleeper([]);
  const there = await sleeper(["ip", "netns", "exec", "denovrf-a"]);
  try {
    const told = async (...args: string[]) => (await denovrf(args)).stdout;
    assertEquals(await told("identify", `${here.pid}`), "vt0");
    assertEquals(
      await told("identify", `${there.pid}`),
      "vt0 (network namespace denovrf-a)",
    );
    const pids = (await told("pids", "vt0")).split("\n")
      .map((line) => line.trim()).sort();
    assertEquals(
      pids,
      [
        `${here.pid}  sleep`,
        `${there.pid}  sleep (network namespace denovrf-a)`,
      ].sort(),
    );
    const inside = await run([
      ...["ip", "netns", "exec", "denovrf-a", ...words],
      ...["identify", `${there.pid}`],
    ]);
    assertEquals(inside.stdout, "vt0", inside.stderr);
  } finally {
    for (const child of [here, there]) {
      child.kill();
      await child.status;
    }
  }
});

Deno.test("exec finds the ifindex in its own namespace", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using _a = await makeNetns("denovrf-a", "vt0");
  const words = await denovrfCommand();
  const said = await must([
    ...["ip", "netns", "exec", "denovrf-a", ...words, "exec", "vt0"],
    ...["python3", "-c"],
    "import socket; print(socket.socket().getsockopt(1, 62))",
  ]);
  const json = await must([
    "ip",
    "-n",
    "denovrf-a",
    "-j",
    "link",
    "show",
    "vt0",
  ]);
  assertEquals(Number(said), JSON.parse(json)[0].ifindex);
  assertEquals(Number(said) === await ifindexOf("vt0"), false);
});

Deno.test("list says of a binding that it is elsewhere, and what exec runs here beside it", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using _a = await makeNetns("denovrf-a", "vt0");
  const words = await denovrfCommand();
  await must([
    ...["nsenter", "--net=/run/netns/denovrf-a", ...words],
    ...["start", "--quiet", "vt0"],
  ]);
  const list = async (...behind: string[]) =>
    JSON.parse(await must([...behind, ...words, "list", "--json", "vt0"]))[0];
  assertEquals((await list()).state, "elsewhere");
  const there = await list("nsenter", "--net=/run/netns/denovrf-a");
  assertEquals(there.state, "bound");
  const idle = await denovrf(["exec", "vt0", "true"]);
  assertEquals(idle.code, 0, idle.stderr);
  assertEquals((await list()).cgroups, []);
  const inside = await must([
    ...[...words, "exec", "--lock", "vt0", ...words, "list", "--json", "vt0"],
  ]);
  const [{ cgroups: [running] }] = JSON.parse(inside);
  assertEquals([running.attached, running.lock, running.processes], [
    ...[true, true, 1],
  ]);
});
