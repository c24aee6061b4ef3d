import { assertEquals, assertStringIncludes } from "@std/assert";
import type { VrfReport } from "../../src/inspect/vrf_report.ts";
import { must, mustFail, mustSh, run } from "../shell.ts";
import { assertMatrix, PREFIXES } from "../sockets/matrix.ts";
import {
  makeVrf,
  OUR_ADDRESS,
  PEER_ADDRESS,
  until,
  untilNoJobs,
} from "./guest.ts";
import { makeBareVrf, Probe } from "./probe.ts";
import { NAME_SERVER, page } from "./servers.ts";

await must(["denovrf", "install"]);

/** Runs a command as an unprivileged service. */
const IN_SERVICE = [
  ...["denovrf", "run", "--loopback", "vrfred", "-q", "--pipe"],
  ...["-p", "DynamicUser=yes", "--"],
];

Deno.test("run --loopback binds a service's sockets when they turn elsewhere", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await mustSh(`
ip link add inside up type dummy; ip link set inside master vrfred
ip link add outside up type dummy
ip address add 192.0.2.1/32 dev inside; ip address add 192.0.2.2/32 dev outside
ip address add 2001:db8::1/128 dev inside nodad
ip address add 2001:db8::2/128 dev outside nodad
for prefix in ${PREFIXES.join(" ")}; do
  ip route add $prefix dev outside; ip route add table 10 $prefix dev inside
done`);
  try {
    await assertMatrix("vrfred", "outside", IN_SERVICE, "inside");
  } finally {
    await mustSh("ip link delete inside; ip link delete outside");
  }
});

Deno.test("bind --loopback has a unit follow its VRF, and list and verify know the mode", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must([
    ...["denovrf", "bind", "--loopback", "--follow", "--now"],
    ...["probe", "vrfred"],
  ]);
  await probe.untilOn("UNBOUND");
  const pid = await probe.pid();
  const [report]: VrfReport[] = JSON.parse(
    await must(["denovrf", "list", "--json", "vrfred"]),
  );
  assertEquals(report?.cgroups.map(({ unit, loopback }) => [unit, loopback]), [
    ["probe.service", true],
  ]);
  assertEquals((await run(["denovrf", "verify"])).code, 0);
  await mustSh("ip link delete vrfred");
  await probe.untilOn("EPERM");
  await mustSh("ip link add vrfred up type vrf table 10");
  await probe.untilOn("UNBOUND");
  assertEquals(await probe.pid(), pid);
  await untilNoJobs();
  await must(["systemctl", "restart", "denovrf@vrfred"]);
  await untilNoJobs();
  await must(["ls", "/sys/fs/bpf/denovrf/vrfred/loopback/sock_create"]);

  // And back to the plain mode.
  await must(["denovrf", "bind", "--now", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await must(["denovrf", "unbind", "probe"]);
});

const LOCAL_PAGE = "http://127.0.0.1:8000/";

const PEER_PAGE = `http://${PEER_ADDRESS}:8000/`;

const PYTHON_CLIENT =
  "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())";

const NODE_CLIENT =
  "require('http').get(process.argv[1], (r) => r.pipe(process.stdout))";

/** Asks for known.test, by a socket that Node binds to any port. */
const NODE_DATAGRAM = `

const s = require("dgram").createSocket("udp4");
s.on("message", () => { console.log("answered"); s.close(); });

const name = "\\x05known\\x04test\\0";
s.send(Buffer.from("\\0\\x07\\x01\\0\\0\\x01\\0\\0\\0\\0\\0\\0" + name + "\\0\\x01\\0\\x01", "latin1"),
    53, "127.0.0.53");`;

/** What real programs say, unchanged, to the host's localhost and to the VRF. */
const PROGRAMS: [name: string, command: string[], says: string][] = [
  ["curl, to the host", ["curl", "-sS", LOCAL_PAGE], "the host"],
  ["curl, to the VRF", ["curl", "-sS", PEER_PAGE], "the VRF"],
  [
    "Python, to the host",
    ["/usr/bin/python3", "-c", PYTHON_CLIENT, LOCAL_PAGE],
    "the host",
  ],
  [
    "Python, to the VRF",
    ["/usr/bin/python3", "-c", PYTHON_CLIENT, PEER_PAGE],
    "the VRF",
  ],
  [
    "Node, to the host",
    ["node", "-e", NODE_CLIENT, LOCAL_PAGE],
    "the host",
  ],
  ["Node, to the VRF", ["node", "-e", NODE_CLIENT, PEER_PAGE], "the VRF"],
  [
    "dig, to the host's resolver",
    ["dig", "+short", "@127.0.0.53", "known.test"],
    "203.0.113.7",
  ],
  [
    "Node's UDP, to the host's resolver",
    ["node", "-e", NODE_DATAGRAM],
    "answered",
  ],
  [
    "dig, to the VRF",
    ["dig", "+short", `@${PEER_ADDRESS}`, "any.test"],
    "203.0.113.53",
  ],
  [
    "a glibc program, by the host's resolver",
    ["getent", "-s", "dns", "ahostsv4", "known.test"],
    "203.0.113.7",
  ],
];

Deno.test("real programs reach the host's localhost, and everything else in the VRF", async (t) => {
  await using vrf = await makeVrf("vrfred", 10);
  await using stack = new AsyncDisposableStack();
  const spawn = (...command: string[]) => {
    const child = new Deno.Command(command[0] ?? "", {
      args: command.slice(1),
    }).spawn();
    stack.defer(async () => {
      child.kill("SIGKILL");
      await child.status;
    });
  };
  const atPeer = ["ip", "netns", "exec", vrf.peer];
  spawn("python3", "-c", page("127.0.0.1", "the host"));
  spawn(...atPeer, "python3", "-c", page(PEER_ADDRESS, "the VRF"));
  spawn(...atPeer, "python3", "-c", NAME_SERVER);
  await Deno.writeTextFile("/etc/hosts", "203.0.113.7 known.test\n", {
    append: true,
  });
  await must(["systemctl", "restart", "systemd-resolved"]);
  await mustSh("echo nameserver 127.0.0.53 > /run/stub.conf");
  await mustSh(
    "mount --bind /run/stub.conf $(readlink -f /etc/resolv.conf)",
  );
  await until(
    "both pages are served",
    async () =>
      (await run(["curl", "-sS", LOCAL_PAGE])).code === 0 &&
      (await run([...atPeer, "curl", "-sS", PEER_PAGE])).code === 0,
  );

  for (const [name, command, says] of PROGRAMS) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await run([...IN_SERVICE, ...command]);
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, says);
    });
  }

  await t.step(
    "in the plain mode, the host's localhost is unreachable",
    async () => {
      const plain = IN_SERVICE.filter((word) => word !== "--loopback");
      await mustFail([
        ...plain,
        ...["curl", "-sS", "--max-time", "3", LOCAL_PAGE],
      ]);
    },
  );

  await t.step(
    "nginx serves the VRF, and its status page the host",
    async () => {
      await Deno.writeTextFile(
        "/etc/nginx/nginx.conf",
        `events {}
http {
  server { listen 80; location / { return 200 "from nginx"; } }
  server { listen 127.0.0.1:8081; location / { return 200 "status"; } }
}
`,
      );
      await must(["denovrf", "bind", "--loopback", "--now", "nginx", "vrfred"]);
      const peer = await must([
        ...atPeer,
        "curl",
        "-sS",
        `http://${OUR_ADDRESS}`,
      ]);
      assertEquals(peer, "from nginx");
      assertEquals(
        await must(["curl", "-sS", "http://127.0.0.1:8081"]),
        "status",
      );
      await mustFail(["curl", "-sS", "http://127.0.0.1:80"]);
      assertEquals((await run(["denovrf", "verify", "nginx"])).code, 0);
      await must(["denovrf", "unbind", "nginx"]);
      await must(["systemctl", "stop", "nginx"]);
    },
  );

  await t.step(
    "chronyd asks a server in the VRF, and chronyc asks it by localhost",
    async () => {
      await Deno.writeTextFile(
        "/run/peer.conf",
        "local stratum 5\nallow\ncmdport 0\npidfile /run/peer.pid\n",
      );
      spawn(...atPeer, "chronyd", "-x", "-d", "-f", "/run/peer.conf");
      await Deno.writeTextFile(
        "/etc/chrony/chrony.conf",
        `server ${PEER_ADDRESS} iburst\nbindcmdaddress 127.0.0.1\n`,
      );
      await must([
        "denovrf",
        "bind",
        "--loopback",
        "--now",
        "chrony",
        "vrfred",
      ]);
      await until(
        "chronyd has chosen its server",
        async () =>
          (await run(["chronyc", "-n", "-h", "127.0.0.1", "sources"])).stdout
            .includes(`^* ${PEER_ADDRESS}`),
      );
      assertEquals((await run(["denovrf", "verify", "chrony"])).code, 0);
      await must(["denovrf", "unbind", "chrony"]);
      await must(["systemctl", "stop", "chrony"]);
    },
  );
  await must(["umount", await Deno.realPath("/etc/resolv.conf")]);
});
