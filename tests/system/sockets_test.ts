/** Services whose sockets are those of socket units. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import {
  connect,
  makeOutside,
  makeVrf,
  OUR_ADDRESS,
  unit,
  unitFiles,
  until,
  untilActive,
  untilNoJobs,
  type Vrf,
} from "./guest.ts";
import { atPeer } from "./whereabouts.ts";

await must(["denovrf", "install"]);

const PORT = 7020;

const SERVICE =
  "[Service]\nExecStart=/usr/bin/python3 /payload/tests/system/handed_over.py\n";

/** A socket unit and its service, whose names have nothing in common. */
async function activated(
  socket: string,
  service: string,
  settings = `ListenStream=0.0.0.0:${PORT}`,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  stack.use(await unit(service, SERVICE));
  stack.use(
    await unit(
      socket,
      `[Socket]\nService=${service}\n${settings}\n[Install]\nWantedBy=sockets.target\n`,
    ),
  );
  return stack.move();
}

/** Who answers a peer: "handed over", or "" if nobody does. */
async function answer({ peer }: Vrf, port = PORT): Promise<string> {
  return (await connect(atPeer(peer), port)).stdout;
}

/** What doctor says of units. */
async function problems(): Promise<string[]> {
  const { stdout } = await run(["denovrf", "doctor", "--json"]);
  const all: { check: string; level: string; message: string }[] = JSON.parse(
    stdout,
  );
  return all.filter(({ check, level }) =>
    check === "bound units" && level !== "ok"
  ).map(({ message }) => message);
}

Deno.test("bind of a service binds the socket units that open its sockets", async () => {
  await using outside = await makeOutside();
  await using red = await makeVrf("vrf-red", 10);
  for (const name of ["daemon-x.service", "daemon\\x2dy.service"]) {
    await using _units = await activated("listen-a.socket", name);
    await using _other = await unit(
      "listen-b.socket",
      `[Socket]\nService=${name}\nListenStream=0.0.0.0:${PORT + 1}\n`,
    );
    await must(["systemctl", "start", "listen-a.socket", "listen-b.socket"]);
    assertEquals(await answer(outside), "handed over");
    const before = await unitFiles();

    const bound = await run(["denovrf", "bind", "--now", name, "vrf-red"]);
    assertEquals(bound.code, 0, bound.stderr);
    for (const socket of ["listen-a.socket", "listen-b.socket"]) {
      assertStringIncludes(bound.stderr, `"${socket}" opens the sockets of`);
    }
    assertEquals(await answer(red), "handed over");
    assertEquals(await answer(red, PORT + 1), "handed over");
    assertEquals(await answer(outside), "");
    await must(["denovrf", "verify", name]);
    assertEquals(await problems(), []);

    await must(["denovrf", "unbind", "--now", name]);
    assertEquals(await answer(outside), "handed over");
    assertEquals(await answer(red), "");
    assertEquals(await unitFiles(), before);
    await must(["systemctl", "stop", "listen-a.socket", "listen-b.socket"]);
  }
});

Deno.test("bind --now of a socket unit restarts it although its service runs", async () => {
  await using outside = await makeOutside();
  await using red = await makeVrf("vrf-red", 10);
  await using _units = await activated("listen.socket", "daemon.service");
  await must(["systemctl", "start", "listen.socket", "daemon.service"]);
  await must(["denovrf", "bind", "--now", "listen.socket", "vrf-red"]);
  await untilActive("daemon.service");
  assertEquals(await answer(red), "handed over");
  assertEquals(await answer(outside), "");
  await must(["denovrf", "unbind", "--now", "listen.socket"]);
  assertEquals(await answer(outside), "handed over");
});

Deno.test("a service and its sockets come back with a VRF that is recreated", async () => {
  await using outside = await makeOutside();
  await using red = await makeVrf("vrf-red", 10);
  await using _units = await activated("listen.socket", "daemon.service");
  await must(["systemctl", "start", "listen.socket"]);
  await must(["denovrf", "bind", "--now", "daemon", "vrf-red"]);
  assertEquals(await answer(red), "handed over");
  for (const _round of [1, 2, 3]) {
    await mustSh(`ip link delete vrf-red
ip link add vrf-red up type vrf table 10; ip link set veth10 master vrf-red`);
    await until(
      "it answers in the VRF",
      async () => await answer(red) === "handed over",
    );
    await untilNoJobs();
    assertEquals(await answer(red), "handed over");
    assertEquals(await answer(outside), "");
  }
  await must(["denovrf", "unbind", "--now", "daemon"]);
});

Deno.test("sockets move with their service, and those that are no sockets of IP stay", async () => {
  await using _red = await makeVrf("vrf-red", 10);
  await using blue = await makeVrf("vrf-blue", 11);
  await using _units = await activated("listen.socket", "daemon.service");
  await using _local = await unit(
    "local.socket",
    "[Socket]\nService=daemon.service\nListenStream=/run/local.sock\n",
  );
  await must(["systemctl", "start", "listen.socket", "local.socket"]);
  const bound = await run(["denovrf", "bind", "daemon", "vrf-red"]);
  assertEquals(bound.stderr.includes("local.socket"), false, bound.stderr);
  await must(["denovrf", "bind", "--now", "daemon", "vrf-blue"]);
  assertEquals(await answer(blue), "handed over");
  assertEquals(await problems(), []);
  await must(["denovrf", "unbind", "--now", "daemon"]);
});

Deno.test("bind of a service that sockets start does not start it", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using _units = await activated("listen.socket", "daemon.service");
  await must(["systemctl", "start", "listen.socket"]);
  await must(["denovrf", "bind", "--now", "daemon", "vrf-red"]);
  await untilNoJobs();
  assertEquals((await run(["systemctl", "is-active", "daemon"])).code, 3);
  assertEquals(await answer(red), "handed over");
  await must(["denovrf", "unbind", "--now", "daemon"]);
});

Deno.test("bind leaves sockets that are elsewhere on purpose, and says so", async () => {
  await using blue = await makeVrf("vrf-blue", 11);
  await using _red = await makeVrf("vrf-red", 10);
  await using _units = await activated("relay.socket", "relay.service");
  await must(["systemctl", "start", "relay.socket"]);
  await must(["denovrf", "bind", "--now", "relay.socket", "vrf-blue"]);
  const { code, stderr } = await run(
    ["denovrf", "bind", "--now", "relay", "vrf-red"],
  );
  assertEquals(code, 0, stderr);
  assertStringIncludes(stderr, '"relay.socket" is bound to "vrf-blue"');
  assertEquals(await answer(blue), "handed over");
  assertEquals(await problems(), []);
  await must(["denovrf", "unbind", "--now", "relay"]);
  assertEquals(await answer(blue), "handed over");
  await must(["denovrf", "unbind", "--now", "relay.socket"]);

  const without = await run(
    ["denovrf", "bind", "--without-sockets", "relay", "vrf-red"],
  );
  assertEquals(without.code, 0, without.stderr);
  assertEquals(without.stderr.includes("relay.socket"), false, without.stderr);
  assertEquals(await problems(), []);
  await must(["denovrf", "unbind", "relay"]);
});

Deno.test("a socket unit that somebody has bound by its name keeps its options, and stays", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using _units = await activated("listen.socket", "daemon.service");
  await must(["systemctl", "start", "listen.socket"]);
  await must([
    "denovrf",
    "bind",
    "--lock",
    "--now",
    "listen.socket",
    "vrf-red",
  ]);
  const before = await unitFiles();
  for (const _time of [1, 2]) {
    await must(["denovrf", "bind", "--now", "daemon", "vrf-red"]);
    assertEquals(await answer(red), "handed over");
  }
  await must(["denovrf", "unbind", "--now", "daemon"]);
  assertEquals(await unitFiles(), before);
  assertEquals(await answer(red), "handed over");
  await must(["denovrf", "unbind", "--now", "listen.socket"]);
});

Deno.test("a socket unit of several services is bound by its name alone", async () => {
  await using _red = await makeVrf("vrf-red", 10);
  await using _other = await unit(
    "other.service",
    `${SERVICE}Sockets=listen.socket\n`,
  );
  await using _units = await activated("listen.socket", "daemon.service");
  await must(["systemctl", "start", "listen.socket", "other.service"]);
  const bound = await run(["denovrf", "bind", "daemon", "vrf-red"]);
  assertStringIncludes(
    bound.stderr,
    '"listen.socket" opens sockets for other services too, and is not bound\nTo bind it: denovrf bind listen.socket vrf-red',
  );
  await must(["denovrf", "bind", "listen.socket", "vrf-red"]);
  assertEquals(await problems(), []);
  await must(["denovrf", "unbind", "daemon"]);
  await must(["denovrf", "unbind", "--now", "listen.socket"]);
  await must(["systemctl", "stop", "listen.socket", "other.service"]);
});

Deno.test("unbind --without-sockets leaves them bound, and the next one takes them out", async () => {
  await using red = await makeVrf("vrf-red", 10);
  const socket = "listen\\x2don.socket";
  await using _units = await activated(socket, "daemon.service");
  await must(["systemctl", "start", socket]);
  const before = await unitFiles();
  await must(["denovrf", "bind", "--now", "daemon", "vrf-red"]);
  await must(["denovrf", "unbind", "--now", "--without-sockets", "daemon"]);
  assertEquals(await answer(red), "handed over");
  await must(["denovrf", "unbind", "--now", "daemon"]);
  assertEquals(await answer(red), "");
  assertEquals(await unitFiles(), before);
  await must(["systemctl", "stop", socket]);
});

Deno.test("a template's instances get the sockets of its socket unit in the VRF", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using outside = await makeOutside();
  await using _service = await unit(
    "greet@.service",
    "[Service]\nExecStart=/bin/echo -n handed over\nStandardInput=socket\nStandardOutput=socket\n",
  );
  await using _socket = await unit(
    "greet.socket",
    `[Socket]\nAccept=yes\nListenStream=0.0.0.0:${PORT}\n`,
  );
  await must(["systemctl", "start", "greet.socket"]);
  const before = await unitFiles();
  const refused = await run(["denovrf", "bind", "--now", "greet@", "%i"]);
  assertEquals(refused.code, 1);
  assertStringIncludes(
    refused.stderr,
    'Cannot bind "greet@.service" to "%i": its instances are connections to "greet.socket"',
  );
  assertEquals(await unitFiles(), before);
  await must(["denovrf", "bind", "--now", "greet@", "vrf-red"]);
  assertEquals(await answer(red), "handed over");
  assertEquals(await answer(outside), "");
  await must(["denovrf", "unbind", "--now", "greet@"]);
  assertEquals(await answer(outside), "handed over");
  assertEquals(await unitFiles(), before);
  await must(["systemctl", "stop", "greet.socket"]);
});

Deno.test("a connection outlives the restart of its socket unit, and ends after that of its service", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using _outside = await makeOutside();
  await using _service = await unit(
    "echo@.service",
    "[Service]\nExecStart=/bin/cat\nStandardInput=socket\nStandardOutput=socket\n",
  );
  await using _socket = await unit(
    "echo.socket",
    `[Socket]\nAccept=yes\nListenStream=0.0.0.0:${PORT}\n`,
  );
  await must(["systemctl", "start", "echo.socket"]);
  await must(["denovrf", "bind", "echo.socket", "vrf-red"]);
  using connection = await Deno.connect({
    hostname: OUR_ADDRESS,
    port: PORT,
  });
  const echoed = async () => {
    await connection.write(Uint8Array.of(7));
    return await connection.read(new Uint8Array(1));
  };
  assertEquals(await echoed(), 1);

  // Until a daemon-reload, systemd has the service among what it triggers.
  await must(["denovrf", "unbind", "--now", "echo.socket"]);
  assertEquals(await echoed(), 1);

  const { stderr } = await run(["denovrf", "bind", "echo@", "vrf-red"]);
  assertStringIncludes(
    stderr,
    "systemctl stop echo.socket && systemctl start echo.socket && systemctl stop 'echo@*.service'",
  );
  await must(["denovrf", "bind", "--now", "echo@", "vrf-red"]);
  assertEquals(await connection.read(new Uint8Array(1)), null);
  await must([
    ...["ip", "netns", "exec", red.peer, "/usr/bin/python3", "-c"],
    `import socket; socket.create_connection(("${OUR_ADDRESS}", ${PORT}), 60)`,
  ]);
  await must(["denovrf", "unbind", "--now", "echo@"]);
  await must(["systemctl", "stop", "echo.socket"]);
});

Deno.test("the sockets of a template are bound as it is, each to the VRF of its name", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using _service = await unit("each@.service", SERVICE);
  await using _socket = await unit(
    "each@.socket",
    `[Socket]\nListenStream=0.0.0.0:${PORT}\n`,
  );
  await using outside = await makeOutside();
  await must(["systemctl", "start", "each@vrf\\x2dred.socket"]);
  assertEquals(await answer(outside), "handed over");
  const before = await unitFiles();
  const { stderr } = await run(["denovrf", "bind", "--now", "each@", "%i"]);
  assertStringIncludes(stderr, '"each@.socket" opens the sockets of');
  assertEquals(await problems(), []);
  assertEquals(await answer(red), "handed over");
  assertEquals(await answer(outside), "");
  await must(["denovrf", "verify", "each@vrf\\x2dred.service"]);
  await must(["denovrf", "unbind", "--now", "each@"]);
  assertEquals(await answer(outside), "handed over");
  assertEquals(await unitFiles(), before);
  await must(["denovrf", "bind", "--now", "each@.socket", "%i"]);
  assertEquals(await answer(red), "handed over");
  const bound = await unitFiles();
  const again = await run(["denovrf", "bind", "each@", "%i"]);
  assertMatch(again.stderr, /^To apply this: .*$/);
  await must(["denovrf", "unbind", "each@"]);
  assertEquals(await unitFiles(), bound);
  await must(["denovrf", "unbind", "--now", "each@.socket"]);
  await must([
    ...["systemctl", "stop", "each@vrf\\x2dred.socket"],
    "each@vrf\\x2dred.service",
  ]);
});

Deno.test("a socket unit that failed for an address of the VRF listens in there", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using _units = await activated(
    "listen.socket",
    "daemon.service",
    `ListenStream=${OUR_ADDRESS}:${PORT}`,
  );
  assertEquals((await run(["systemctl", "start", "listen.socket"])).code, 1);
  await must(["denovrf", "bind", "--now", "daemon", "vrf-red"]);
  assertEquals(await answer(red), "handed over");
  await must(["denovrf", "unbind", "daemon"]);
});

Deno.test("a service that has failed stays so, and its sockets are in the VRF", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using _units = await activated("listen.socket", "daemon.service");
  await must(["systemctl", "start", "listen.socket", "daemon.service"]);
  await must(["systemctl", "kill", "--signal=KILL", "daemon.service"]);
  const state = async () =>
    (await run(["systemctl", "is-active", "daemon.service"])).stdout.trim();
  await until("it has failed", async () => await state() === "failed");
  const { stderr } = await run(["denovrf", "bind", "daemon", "vrf-red"]);
  assertMatch(stderr, /&& systemctl start listen\.socket$/);
  await must(["denovrf", "bind", "--now", "daemon", "vrf-red"]);
  assertEquals(await state(), "failed");
  assertEquals(await answer(red), "handed over");
  await must(["denovrf", "unbind", "--now", "daemon"]);
});

Deno.test("what requires a service runs again after its sockets were restarted", async () => {
  await using red = await makeVrf("vrf-red", 10);
  await using _units = await activated("listen.socket", "daemon.service");
  await using _needs = await unit(
    "needs.service",
    "[Unit]\nRequires=daemon.service\nAfter=daemon.service\n[Service]\nExecStart=/usr/bin/sleep infinity\n",
  );
  await must(["systemctl", "start", "listen.socket", "needs.service"]);
  for (const command of [["bind", "vrf-red"], ["unbind"]]) {
    const [verb = "", ...vrf] = command;
    await must(["denovrf", verb, "--now", "daemon", ...vrf]);
    for (const name of ["daemon.service", "needs.service"]) {
      await untilActive(name);
    }
    assertEquals(await answer(red), vrf.length > 0 ? "handed over" : "");
  }
});

Deno.test("nothing is bound where a socket unit cannot be", async () => {
  await using _red = await makeVrf("vrf-red", 10);
  await using _blue = await makeVrf("vrf-blue", 11);
  await must(["denovrf", "start", "--quiet", "vrf-blue"]);
  await using _units = await activated(
    "listen.socket",
    "daemon.service",
    `ListenStream=0.0.0.0:${PORT}
BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrf-blue/sock_create`,
  );
  await must(["systemctl", "start", "listen.socket"]);
  const before = await unitFiles();
  const { code, stdout, stderr } = await run(
    ["denovrf", "bind", "--now", "daemon", "vrf-red"],
  );
  assertEquals([code, stdout], [1, ""]);
  assertStringIncludes(stderr, 'Cannot bind "listen.socket" to "vrf-red"');
  assertEquals(await unitFiles(), before);
  await must(["systemctl", "stop", "listen.socket"]);
  await must(["denovrf", "stop", "--purge", "vrf-blue"]);
});

Deno.test("doctor tells of a bound service whose sockets are not bound", async () => {
  await using _red = await makeVrf("vrf-red", 10);
  await using _units = await activated("listen.socket", "daemon.service");
  await must(["denovrf", "bind", "--follow", "daemon", "vrf-red"]);
  assertEquals(await problems(), []);
  await must(["systemctl", "start", "listen.socket"]);
  const [message = ""] = await problems();
  assertEquals(
    message,
    '"listen.socket" opens the sockets of "daemon.service", and is not bound',
  );
  assertStringIncludes(
    (await run(["denovrf", "doctor", "--json"])).stdout,
    "Bind it too: denovrf bind --follow daemon.service vrf-red;",
  );
  await must(["denovrf", "unbind", "--now", "daemon"]);
  await until(
    "the socket is closed",
    async () => (await run(["systemctl", "stop", "listen.socket"])).code === 0,
  );
});

/** Debian's, since trixie, has systemd listen for sshd. */
const hasSshSocket =
  (await must(["systemctl", "show", "-P", "Accept", "ssh.socket"])) === "no";

Deno.test({
  name: "sshd is bound where ssh.socket listens for it",
  // Before trixie, each connection is an instance of ssh@.service.
  ignore: !hasSshSocket,
  async fn() {
    await using vrf = await makeVrf("mgmt", 10);
    await using _outside = await makeOutside();
    await using stack = new AsyncDisposableStack();
    stack.defer(async () => {
      await run(["denovrf", "unbind", "ssh"]);
      await run(["systemctl", "disable", "--quiet", "ssh.socket"]);
      await run(["systemctl", "stop", "ssh.socket", "ssh"]);
    });
    await mustSh("mkdir -p /run/sshd; ssh-keygen -A");
    await must(["systemctl", "enable", "--quiet", "--now", "ssh.socket"]);
    assertStringIncludes((await connect([], 22)).stdout, "SSH-2.0");
    await must(["denovrf", "bind", "--now", "ssh", "mgmt"]);
    const { stdout, stderr } = await connect(atPeer(vrf.peer), 22);
    assertStringIncludes(stdout, "SSH-2.0", stderr);
    assertStringIncludes((await connect([], 22)).stderr, "ConnectionRefused");
    assertEquals(await problems(), []);
  },
});
