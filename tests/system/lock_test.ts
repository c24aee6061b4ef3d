import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { escapes, PREFIXES } from "../sockets/escape.ts";
import { makeVrf, PEER_ADDRESS, unit, until } from "./guest.ts";
import { NAME_SERVER } from "./servers.ts";

await must(["denovrf", "install"]);

/** What its programs cannot stop; see README.md. */
const NOT_STOPPED = [
  ...["af_packet", "dissolved_ping", "dissolved_raw", "ip_pktinfo"],
  "sock_packet",
];

Deno.test("--lock stops every way out of the VRF that a program can stop", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  await mustSh(`
echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range
ip link add outside up type dummy
ip address add 192.0.2.2/32 dev outside
ip address add 2001:db8::2/128 dev outside nodad
for prefix in ${PREFIXES.slice(0, 3).join(" ")}; do
  ip route add $prefix dev outside; ip route add table 10 $prefix dev veth10
done`);
  try {
    const service = ["run", "vrfred", "-q", "--pipe"];
    const plain = await escapes("outside", ["denovrf", ...service, "--"]);
    assert(plain.length > 10, plain.join());
    const locked = await escapes("outside", [
      ...["denovrf", ...service, "--lock", "--"],
    ]);
    assertEquals(locked, NOT_STOPPED);
  } finally {
    await mustSh("ip link delete outside");
  }
});

Deno.test("a locked unit stays locked, also after a restart and a daemon-reload", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  const log = "/run/locked.log";
  await Deno.writeTextFile(
    "/run/locked.py",
    `import socket, sys, time
def seen():
    made = socket.socket()
    try: made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"")
    except OSError as error: return str(error.errno)
    return "unbound"
while True:
    with open("${log}", "a") as log: print(seen(), file=log)
    time.sleep(0.1)
`,
  );
  await using _unit = await unit(
    "locked.service",
    "[Service]\nExecStart=/usr/bin/python3 /run/locked.py\n",
  );
  for (const mode of [["--lock"], ["--lock", "--loopback"]]) {
    await Deno.writeTextFile(log, "");
    await must(["denovrf", "bind", ...mode, "--now", "locked", "vrfred"]);
    await must(["systemctl", "restart", "locked"]);
    await must(["systemctl", "daemon-reload"]);
    const before = (await Deno.readTextFile(log)).length;
    await until(
      "it has tried again",
      async () => (await Deno.readTextFile(log)).length > before + 4,
    );
    assertEquals(
      [...new Set((await Deno.readTextFile(log)).trim().split("\n"))],
      // EPERM.
      ["1"],
    );
  }
  const { stdout } = await run(["denovrf", "list"]);
  assertStringIncludes(stdout, "loopback, lock: locked.service");
  const doctor = await run(["denovrf", "doctor"]);
  assertEquals(doctor.code, 0, doctor.stdout);
  await must(["denovrf", "unbind", "--now", "locked"]);
});

Deno.test("a unit asks its VRF's name servers, and not the host's", async () => {
  await using vrf = await makeVrf("vrfred", 10);
  const server = new Deno.Command("ip", {
    args: ["netns", "exec", vrf.peer, "python3", "-c", NAME_SERVER],
  }).spawn();
  await mustSh("echo 203.0.113.7 any.test >> /etc/hosts");
  await must(["systemctl", "restart", "systemd-resolved"]);
  await mustSh(`mkdir -p /etc/denovrf/vrfred
echo nameserver ${PEER_ADDRESS} > /etc/denovrf/vrfred/resolv.conf
cp /etc/denovrf/vrfred/resolv.conf /run/other.conf`);
  await until(
    "the name server answers",
    async () =>
      (await run([
        ...["ip", "netns", "exec", vrf.peer],
        ...["dig", "+short", `@${PEER_ADDRESS}`, "any.test"],
      ])).stdout === "203.0.113.53",
  );
  const ask = ["getent", "ahostsv4", "dns.test"];
  try {
    for (
      const options of [[], ["--resolv-conf=/run/other.conf"]]
    ) {
      const { stdout, stderr } = await run([
        ...["denovrf", "run", ...options, "vrfred", "-q", "--pipe", "--"],
        ...ask,
      ]);
      assertStringIncludes(stdout, "203.0.113.53", stderr);
    }
    await using _unit = await unit(
      "asks.service",
      `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'getent ahostsv4 dns.test > /run/asked'
`,
    );
    await must(["denovrf", "bind", "--now", "asks", "vrfred"]);
    assertStringIncludes(
      await Deno.readTextFile("/run/asked"),
      "203.0.113.53",
    );
    await must(["denovrf", "unbind", "asks"]);
    const faults: Record<string, string> = {
      "/nosuch": "it is not there",
      "x.conf": "its path is not absolute",
      "/run/a b": "its path holds",
    };
    for (const [file, fault] of Object.entries(faults)) {
      const { code, stderr } = await run([
        ...["denovrf", "bind", "--resolv-conf", file, "asks", "vrfred"],
      ]);
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        `denovrf: Cannot use "${file}" as resolv.conf: ${fault}`,
      );
    }
  } finally {
    await mustSh("rm -r /etc/denovrf");
    server.kill("SIGKILL");
    await server.status;
  }
});
