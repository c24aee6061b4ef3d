import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import {
  makeVrf,
  OUR_ADDRESS,
  OUR_ADDRESS6,
  PEER_ADDRESS,
  PEER_ADDRESS6,
  unit,
  until,
} from "./guest.ts";
import { NAME_SERVER } from "./servers.ts";

await must(["denovrf", "install"]);

const REACH = `${import.meta.dirname}/../sockets/reach.py`;

Deno.test("--lock lets a process reach what is in its VRF", async () => {
  await using vrf = await makeVrf("vrfred", 10);
  const linkLocal = await mustSh(
    `ip -n ${vrf.peer} -6 -o address show dev eth0 scope link | sed 's/.* inet6 \\([^/]*\\).*/\\1/'`,
  );
  await until(
    "link-local addresses can be used",
    async () =>
      await mustSh(
        `ip -n ${vrf.peer} -6 address show tentative; ip -6 address show tentative`,
      ) === "",
  );
  for (const mode of [["--lock"], ["--lock", "--loopback"]]) {
    const prefix = ["denovrf", "exec", ...mode, "vrfred"];
    for (
      const address of [PEER_ADDRESS, PEER_ADDRESS6, `${linkLocal}%veth10`]
    ) {
      await must([...prefix, "ping", "-q", "-c1", "-W60", address]);
    }
    const ours = [OUR_ADDRESS, OUR_ADDRESS6];
    assertEquals(
      await must([...prefix, "/usr/bin/python3", REACH, ...ours]),
      ours.map((address) => `${address} here`).join("\n"),
    );
    assertEquals(
      await must([...prefix, "/usr/bin/python3", REACH, "127.0.0.1", "::1"]),
      mode.includes("--loopback")
        ? "127.0.0.1 here\n::1 here"
        : "127.0.0.1 EADDRNOTAVAIL\n::1 EADDRNOTAVAIL",
    );
  }
});

/** A list of its own, and one that says what is not allowed. */
const OWN_LISTS: Record<string, string> = {
  "": "~AF_PACKET AF_RDS AF_TIPC AF_XDP",
  "RestrictAddressFamilies=AF_INET AF_UNIX AF_PACKET": "AF_INET AF_UNIX",
  "RestrictAddressFamilies=~AF_INET6":
    "~AF_INET6 AF_PACKET AF_RDS AF_TIPC AF_XDP",
};

Deno.test("--lock takes what a locked unit may not use from whatever it may", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  await using _unit = await unit(
    "lists.service",
    "[Service]\nType=oneshot\nExecStart=/bin/true\n",
  );
  await must(["denovrf", "bind", "--lock", "lists", "vrfred"]);
  const directory = "/etc/systemd/system/lists.service.d";
  for (const [own, list] of Object.entries(OWN_LISTS)) {
    // Where systemctl edit has it.
    await Deno.writeTextFile(
      `${directory}/override.conf`,
      `[Service]\n${own}\n`,
    );
    await must(["systemctl", "daemon-reload"]);
    const { stdout } = await run([
      ...["systemctl", "show", "-p", "RestrictAddressFamilies", "--value"],
      "lists",
    ]);
    assertEquals([own, inOrder(stdout)], [own, inOrder(list)]);
  }
  await Deno.remove(`${directory}/override.conf`);
  await must(["denovrf", "unbind", "lists"]);
  assertEquals((await run(["ls", directory])).code, 2);
});

function inOrder(list: string): string {
  const isDenied = list.startsWith("~");
  return (isDenied ? "~" : "") +
    list.slice(isDenied ? 1 : 0).split(" ").sort().join(" ");
}

Deno.test("--lock stays, also after a restart and a daemon-reload", async () => {
  await using _vrf = await makeVrf("vrfred", 10);
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => void await must(["ip", "link", "delete", "outside"]));
  await mustSh(`ip link add outside up type dummy
ip address add 192.0.2.2/32 dev outside
ip route add 198.51.100.0/24 dev outside`);
  const log = "/run/locked.log";
  await Deno.writeTextFile(
    "/run/locked.py",
    `import socket, sys, time
def seen():
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"")
    try: made.sendto(b"x", ("198.51.100.9", 9))
    except OSError as error: seen = str(error.errno)
    else: return "sent"
    try: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    except OSError as error: return f"{seen} {error.errno}"
    return "AF_PACKET"
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
      // EPERM, and EAFNOSUPPORT.
      ["1 97"],
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
      "/nosuch": "it does not exist",
      "x.conf": "its path is not absolute",
      "/run/a b": "its path contains",
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
