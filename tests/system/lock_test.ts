import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { escapes, PREFIXES } from "../sockets/escape.ts";
import { makeVrf, PEER_ADDRESS, unit, until } from "./guest.ts";
import { NAME_SERVER } from "./servers.ts";

await must(["denovrf", "install"]);

/** Without it, systemd has no RestrictNetworkInterfaces=. */
const hasFramework = (await must(["systemctl", "--version"]))
  .includes("+BPF_FRAMEWORK");

Deno.test("--lock lets no packet out of the VRF, whatever root does", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  await mustSh(`
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
    assertEquals(locked, hasFramework ? [] : ["ip_pktinfo"]);
  } finally {
    await mustSh("ip link delete outside");
  }
});

Deno.test("bind --lock confines a unit besides, and leaves its own list of families", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  await using _unit = await unit(
    "locked.service",
    `[Service]
RestrictAddressFamilies=AF_INET AF_UNIX
ExecStart=/usr/bin/python3 /run/families.py
`,
  );
  await Deno.writeTextFile(
    "/run/families.py",
    `import socket, time
def seen(family):
    try: socket.socket(family, socket.SOCK_DGRAM); return "ok"
    except OSError as error: return error.errno
with open("/run/families", "w") as report:
    print(seen(socket.AF_INET), seen(socket.AF_INET6), seen(socket.AF_PACKET), file=report)
time.sleep(1000)
`,
  );
  await must(["denovrf", "bind", "--lock", "--now", "locked", "vrfred"]);
  assertEquals(
    await mustSh(
      "until [ -s /run/families ]; do sleep 0.1; done; cat /run/families",
    ),
    "ok 97 97",
  );
  const text = await must(["systemctl", "cat", "locked"]);
  assertStringIncludes(text, "RestrictNetworkInterfaces=vrfred veth10\n");
  const { stdout } = await run(["denovrf", "list"]);
  assertStringIncludes(stdout, "lock: locked.service");
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
