/** What keeps sockets in the VRF that have no device, or name another one. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { kernelSockets } from "./kernel_sockets.ts";
import {
  makeOutside,
  makeVrf,
  PEER_ADDRESS,
  PEER_ADDRESS6,
  unit,
  until,
  type Vrf,
} from "./guest.ts";

await must(["denovrf", "install"]);
await mustSh("echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range");

const FILES = `${import.meta.dirname}/../sockets`;

/** A command in a unit with a user of its own. */
function inUnit(
  command: readonly string[],
  launcher: readonly string[] = ["denovrf", "run", "vrfred"],
): string[] {
  return [
    ...[...launcher, "-q", "--pipe", "-p", "DynamicUser=yes", "--"],
    ...command,
  ];
}

/** Says behind which VRF it is, when it is asked. */
function answer(vrf: Vrf, port: number): Deno.ChildProcess {
  return new Deno.Command("ip", {
    args: [
      ...["netns", "exec", vrf.peer, "/usr/bin/python3", "-c"],
      `import socket, threading
def serve(listener):
    while True:
        with listener.accept()[0] as made:
            if made.recv(1): made.sendall(b"${vrf.name}")
listener = socket.create_server(("", ${port}))
threading.Thread(target=serve, args=[listener]).start()
`,
    ],
  }).spawn();
}

const SMC = ["/usr/bin/python3", `${FILES}/smc.py`];

Deno.test("AF_SMC connects and listens in the VRF, with TCP sockets of the kernel's", async (t) => {
  const { code } = await run(["modprobe", "smc"]);
  if (code !== 0) {
    await t.step({ name: "this kernel has no smc", ignore: true, fn() {} });
    return;
  }
  await using red = await makeVrf("vrfred", 10);
  await using blue = await makeVrf("vrfblue", 20);
  await using outside = await makeOutside();
  await using _slice = await unit("outer.slice", "[Slice]\n");
  await must(["denovrf", "bind", "--now", "outer.slice", "vrfred"]);
  const peers = [red, blue, outside];
  const servers = peers.map((peer) => answer(peer, 7001));
  try {
    const connect = [...SMC, PEER_ADDRESS, "7001"];
    const tcp = [
      ...["bash", "-c"],
      `exec 3<>/dev/tcp/${PEER_ADDRESS}/7001 && echo >&3 && read line <&3; echo $line`,
    ];
    await until(
      "every peer answers",
      async () =>
        (await run(tcp)).stdout === "outside" &&
        (await run(["ip", "vrf", "exec", "vrfred", ...tcp])).stdout ===
          "vrfred" &&
        (await run(["ip", "vrf", "exec", "vrfblue", ...tcp])).stdout ===
          "vrfblue",
    );
    const plain = await run(connect);
    assertEquals(plain.stdout, "-\noutside\n-", plain.stderr);
    const launchers: [vrf: string, launcher: string][] = [
      ["vrfred", "denovrf run vrfred"],
      ["vrfred", "denovrf run --loopback vrfred"],
      ["vrfred", "systemd-run --slice=outer.slice"],
      ["vrfblue", "denovrf run vrfblue --slice=outer.slice"],
    ];
    for (const [vrf, launcher] of launchers) {
      const { stdout, stderr } = await run(
        inUnit(connect, launcher.split(" ")),
      );
      assertEquals(
        [launcher, stdout],
        [launcher, `${vrf}\n${vrf}\n${vrf}`],
        stderr,
      );
    }
  } finally {
    for (const server of servers) {
      server.kill("SIGKILL");
      await server.status;
    }
    await must(["denovrf", "unbind", "outer.slice"]);
  }
});

Deno.test("a socket does not lose its device, or is bound again when it is used", async () => {
  await using _red = await makeVrf("vrfred", 10);
  await using _outside = await makeOutside();
  const lines = await must(inUnit([
    ...["/usr/bin/python3", `${FILES}/lost.py`],
    ...[PEER_ADDRESS, PEER_ADDRESS6],
  ]));
  const hasUdplite = (await kernelSockets()).includes("dissolved_udplite");
  assertEquals(
    lines.split("\n"),
    ["v4", "v6"].flatMap((family) => [
      `${family} udp bind: ok ok ok vrfred`,
      `${family} udp connect: ok ok ok vrfred`,
      `${family} udp sendto: ok ok EINTR ok vrfred`,
      `${family} udp of a port: ok ok EPERM vrfred`,
      `${family} udplite connect: ${
        hasUdplite ? "ok EPERM ok vrfred" : "EPROTONOSUPPORT"
      }`,
      `${family} ping: ok EPERM vrfred`,
    ]),
  );
});

/** Listens at every address, as named does. */
const LISTENER = `import socket, time
sockets = []
with open("/proc/net/if_inet6") as lines:
    for line in lines:
        address, index, _, _, _, device = line.split()
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sockets.append(made)
        name = socket.inet_ntop(socket.AF_INET6, bytes.fromhex(address))
        try:
            made.bind((name, 5300, 0, int(index, 16) if name.startswith("fe80") else 0))
            seen = "ok"
        except OSError as error:
            seen = error.strerror
        print(device, name, seen, flush=True)
print("listening", flush=True)
time.sleep(1000)
`;

Deno.test("a daemon that listens at every address is in the VRF, and nowhere else", async () => {
  await using _red = await makeVrf("vrfred", 10);
  await using _outside = await makeOutside();
  await until(
    "link-local addresses can be used",
    async () => await mustSh("ip -6 address show tentative") === "",
  );
  await Deno.writeTextFile("/run/listener.py", LISTENER);
  await must(["rm", "-f", "/run/listener.log"]);
  await using _unit = await unit(
    "listener.service",
    `[Service]
DynamicUser=yes
ExecStart=/usr/bin/python3 /run/listener.py
StandardOutput=file:/run/listener.log
`,
  );
  await must(["denovrf", "bind", "--now", "listener", "vrfred"]);
  await until(
    "it listens",
    async () =>
      (await run(["cat", "/run/listener.log"])).stdout.includes("listening"),
  );
  const lines = (await Deno.readTextFile("/run/listener.log")).split("\n");
  const of = (device: string) =>
    lines.filter((line) => line.startsWith(`${device} fe80`))
      .map((line) => line.split(" ").slice(2).join(" "));
  assertEquals([of("veth10"), of("veth0")], [
    ["ok"],
    ["Cannot assign requested address"],
  ]);
  const verify = await run(["denovrf", "verify", "listener"]);
  assertEquals(verify.code, 0, verify.stdout);
  await must(["denovrf", "unbind", "--now", "listener"]);
});

Deno.test("doctor finds every guard on Debian", async () => {
  const { stdout } = await run(["denovrf", "doctor"]);
  assertStringIncludes(
    stdout,
    "ok       guards: what loses its device is bound again, or refused",
  );
});
