/** Recipes of the manual, with the packages that they name. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import {
  connect,
  makeOutside,
  makeVrf,
  OUR_ADDRESS,
  PEER_ADDRESS,
  unit,
  until,
  type Vrf,
} from "./guest.ts";
import { BFD_NEIGHBOUR, BGP_NEIGHBOUR } from "./routers.ts";
import {
  answerEverywhere,
  ASK,
  atPeer,
  DAEMON,
  EVERYWHERE,
} from "./whereabouts.ts";

await must(["denovrf", "install"]);

Deno.test("sshd listens in its VRF, and a Go daemon does", async () => {
  await using vrf = await makeVrf("mgmt", 10);
  // The same address outside: a daemon that listens in both VRFs answers here too.
  await using _outside = await makeOutside();
  try {
    await mustSh("mkdir -p /run/sshd; ssh-keygen -A");
    await must(["denovrf", "bind", "--now", "ssh", "mgmt"]);
    const { stdout, stderr } = await connect(atPeer(vrf.peer), 22);
    assertStringIncludes(stdout, "SSH-2.0", stderr);
    assertStringIncludes((await connect([], 22)).stderr, "ConnectionRefused");

    await must([
      ...["denovrf", "bind", "--now", "prometheus-node-exporter", "mgmt"],
    ]);
    const metrics = `http://${OUR_ADDRESS}:9100/metrics`;
    await until(
      "it serves the VRF",
      async () =>
        (await run([...atPeer(vrf.peer), "curl", "-sS", metrics])).code === 0,
    );
    assertEquals((await run(["curl", "-sS", metrics])).code, 7);
    assertEquals((await run(["denovrf", "verify"])).code, 0);
  } finally {
    for (const name of ["ssh", "prometheus-node-exporter"]) {
      await run(["denovrf", "unbind", name]);
      await run(["systemctl", "stop", name]);
    }
  }
});

Deno.test("a daemon runs twice on one port, in a VRF each", async () => {
  await using red = await makeVrf("vrfred", 10);
  await using blue = await makeVrf("vrfblue", 20);
  await using _outside = await makeOutside();
  await using _template = await unit(
    "daemon@.service",
    `[Service]\nExecStart=${DAEMON.join(" ")} serve 7010 %i\n`,
  );
  for (const { name, peer } of [red, blue]) {
    const instance = `daemon@of-${name}`;
    await must(["denovrf", "bind", "--now", instance, name]);
    await until(
      `${instance} answers its VRF`,
      async () => (await connect(atPeer(peer), 7010)).stdout === `of-${name}`,
    );
  }
  assertEquals((await connect(atPeer(red.peer), 7010)).stdout, "of-vrfred");
  assertStringIncludes((await connect([], 7010)).stderr, "ConnectionRefused");
  for (const { name } of [red, blue]) {
    await must(["denovrf", "unbind", `daemon@of-${name}`]);
    await must(["systemctl", "stop", `daemon@of-${name}`]);
  }
});

Deno.test("a daemon listens in one VRF and works from another", async () => {
  await using front = await makeVrf("front", 10);
  await using back = await makeVrf("back", 20);
  await using _answers = await answerEverywhere(front, back);
  await using _socket = await unit(
    "relay.socket",
    "[Socket]\nListenStream=7030\nAccept=yes\n",
  );
  await using _service = await unit(
    "relay@.service",
    `[Service]\nStandardInput=socket\nExecStart=${ASK.join(" ")}\n`,
  );
  await must(["denovrf", "bind", "--now", "relay.socket", "front"]);
  await must(["denovrf", "bind", "relay@", "back"]);
  const { stdout, stderr } = await connect(atPeer(front.peer), 7030);
  assertEquals(stdout, "back", stderr);
  const outside = await connect(atPeer(back.peer), 7030);
  assertStringIncludes(outside.stderr, "ConnectionRefused");
  await must(["denovrf", "unbind", "relay.socket"]);
  await must(["denovrf", "unbind", "relay@"]);
});

/** One of FRR's daemons as a unit of its own, in a VRF. */
async function frr(
  vrf: Vrf,
  command: string,
  configuration: string,
): Promise<AsyncDisposable> {
  const [name = ""] = command.split(" ");
  await using stack = new AsyncDisposableStack();
  await Deno.writeTextFile(`/etc/frr/${name}.conf`, configuration);
  stack.use(
    await unit(
      `${name}.service`,
      `[Service]\nExecStart=/usr/lib/frr/${command} -A 127.0.0.1 -f /etc/frr/${name}.conf\n`,
    ),
  );
  await must(["denovrf", "bind", "--now", name, vrf.name]);
  stack.defer(async () => void await must(["denovrf", "unbind", name]));
  return stack.move();
}

/** Waits for a session with a program for Python. @returns What it says then. */
function session({ peer }: Vrf, neighbour: string): Promise<string> {
  return must([
    ...atPeer(peer),
    ...["timeout", "180", "python3", "-c", neighbour],
  ]);
}

Deno.test("FRR's bfdd has its neighbour in a VRF", async () => {
  await using vrf = await makeVrf("front", 10);
  await using _bfdd = await frr(vrf, "bfdd", `bfd\n peer ${PEER_ADDRESS}\n`);
  assertEquals(await session(vrf, BFD_NEIGHBOUR), `up with ${OUR_ADDRESS}`);
});

Deno.test("FRR's bgpd connects to its neighbour in a VRF, and drops who connects from there", async () => {
  await using vrf = await makeVrf("front", 10);
  const log = "/run/frr/bgpd.log";
  await using _bgpd = await frr(
    vrf,
    "bgpd -Z",
    `log file ${log}
debug bgp neighbor-events
router bgp 65001
 bgp router-id ${OUR_ADDRESS}
 neighbor ${PEER_ADDRESS} remote-as 65002
 neighbor ${PEER_ADDRESS} timers connect 1
`,
  );
  assertEquals(await session(vrf, BGP_NEIGHBOUR), `up with ${OUR_ADDRESS}`);
  // It asks the connection for its device, and has no instance of that name.
  assertEquals((await connect(atPeer(vrf.peer), 179)).stdout, "");
  assertStringIncludes(
    await Deno.readTextFile(log),
    `Could not get instance for incoming conn from ${PEER_ADDRESS}`,
  );
});

const QUADLET = "podman-system-generator";

const HTTPD = "/bin/busybox httpd -f -p 8000 -h /www";

/** What has podman run the container web as web.service; before 4.4, without Quadlet. */
const [CONTAINER_FILE, CONTAINER_TEXT] =
  await isThere(`/usr/lib/systemd/system-generators/${QUADLET}`)
    ? [
      "/etc/containers/systemd/web.container",
      `[Container]
ContainerName=web
Image=localhost/web
Network=host
Exec=${HTTPD}
`,
    ]
    : [
      "/etc/systemd/system/web.service",
      `[Service]
Type=notify
NotifyAccess=all
Delegate=yes
ExecStart=podman run --name=web --rm --cgroups=split --sdnotify=conmon -d --network=host localhost/web ${HTTPD}
ExecStop=podman rm -f -i web
`,
    ];

function isThere(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}

/** The same as {@linkcode ASK}, in a container. */
const ASK_FROM_INSIDE = ["/bin/busybox", "nc", ...EVERYWHERE.split(":")];

Deno.test("a container with the host's network is in the VRF of its unit, where its cgroup is in there", async () => {
  await using front = await makeVrf("front", 10);
  await using _answers = await answerEverywhere(front);
  // The guest boots without the generator.
  await mustSh(`
mkdir -p /run/web/bin /run/web/www /etc/containers/systemd
cp $(command -v busybox) /run/web/bin
echo from a container > /run/web/www/index.html
tar -C /run/web -c . | podman import --quiet - localhost/web
rm -f /etc/systemd/system-generators/${QUADLET}`);
  await Deno.writeTextFile(CONTAINER_FILE, CONTAINER_TEXT);
  await must(["systemctl", "daemon-reload"]);
  await must(["denovrf", "bind", "--now", "web", "front"]);
  const page = `http://${OUR_ADDRESS}:8000`;
  assertEquals(
    await must([...atPeer(front.peer), "curl", "-sS", page]),
    "from a container",
  );
  assertEquals((await run(["curl", "-sS", page])).code, 7);
  assertEquals(
    await must(["podman", "exec", "web", ...ASK_FROM_INSIDE]),
    "front",
  );
  // Its httpd does not know SIGTERM.
  await must(["podman", "kill", "web"]);
  await must(["denovrf", "unbind", "web"]);
  await Deno.remove(CONTAINER_FILE);

  // Left to choose, podman gives it a cgroup outside of the unit.
  const { stdout, stderr } = await run([
    ...["denovrf", "run", "front", "-q", "--pipe", "--"],
    ...["podman", "run", "--rm", "--network=host", "localhost/web"],
    ...ASK_FROM_INSIDE,
  ]);
  assertEquals(stdout, "outside", stderr);
});
