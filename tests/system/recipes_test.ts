/** The recipes of README.md, with the packages that they name. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import {
  connect,
  makeOutside,
  makeVrf,
  OUR_ADDRESS,
  unit,
  until,
} from "./guest.ts";

await must(["denovrf", "install"]);

Deno.test("sshd listens in its VRF, and a Go daemon does", async () => {
  await using vrf = await makeVrf("mgmt", 10);
  await using _outside = await makeOutside();
  const atPeer = ["ip", "netns", "exec", vrf.peer];
  try {
    await mustSh("mkdir -p /run/sshd; ssh-keygen -A");
    await must(["denovrf", "bind", "--now", "ssh", "mgmt"]);
    const { stdout, stderr } = await connect(atPeer, 22);
    assertStringIncludes(stdout, "SSH-2.0", stderr);
    assert((await connect([], 22)).stderr.includes("ConnectionRefused"));

    await must([
      ...["denovrf", "bind", "--now", "prometheus-node-exporter", "mgmt"],
    ]);
    const metrics = `http://${OUR_ADDRESS}:9100/metrics`;
    await until(
      "it serves the VRF",
      async () => (await run([...atPeer, "curl", "-sS", metrics])).code === 0,
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

const DEVICE = [
  ...["/usr/bin/python3", "-c"],
  `import socket as s
print(s.socket().getsockopt(1, 25, 16).rstrip(b"\\0").decode() or "UNBOUND")`,
];

/** What a process of a user's session sees. */
function inSlice(slice: string): Promise<string> {
  return must([
    ...["systemd-run", "-q", "--pipe", "--collect", `--slice=${slice}`],
    ...DEVICE,
  ]);
}

Deno.test("the sessions of one user, or of all, are in a VRF", async () => {
  await using _vrf = await makeVrf("mgmt", 10);
  await must(["denovrf", "bind", "user-1000.slice", "mgmt"]);
  assertEquals(await inSlice("user-1000.slice"), "mgmt");
  assertEquals(await inSlice("user-1001.slice"), "UNBOUND");
  await must(["systemctl", "stop", "user-1000.slice", "user-1001.slice"]);
  await must(["denovrf", "unbind", "user-1000.slice"]);

  await must(["denovrf", "bind", "user-.slice", "mgmt"]);
  assertEquals(await inSlice("user-1002.slice"), "mgmt");
  const now = await run(["denovrf", "bind", "--now", "user-.slice", "mgmt"]);
  assertEquals(now.code, 1);
  assertStringIncludes(now.stderr, "it stands for other units");
  const doctor = await run(["denovrf", "doctor"]);
  assertEquals(doctor.code, 0, doctor.stdout);
  await must(["denovrf", "unbind", "user-.slice"]);
  await must(["systemctl", "stop", "user-1002.slice"]);
  assertEquals(await inSlice("user-1003.slice"), "UNBOUND");
});

Deno.test("a daemon listens in one VRF and works from another", async () => {
  await using front = await makeVrf("front", 10);
  await using _back = await makeVrf("back", 20);
  await using _socket = await unit(
    "relay.socket",
    "[Socket]\nListenStream=7030\nAccept=yes\n",
  );
  await using _service = await unit(
    "relay@.service",
    `[Service]
StandardInput=socket
ExecStart=/usr/bin/python3 -c 'import socket; print(socket.socket().getsockopt(1, 25, 16).decode().rstrip(chr(0)), flush=True)'
`,
  );
  await must(["denovrf", "bind", "--now", "relay.socket", "front"]);
  await must(["denovrf", "bind", "relay@", "back"]);
  const atPeer = ["ip", "netns", "exec", front.peer];
  const { stdout, stderr } = await connect(atPeer, 7030);
  assertEquals(stdout, "back", stderr);
  await must(["denovrf", "unbind", "relay.socket"]);
  await must(["denovrf", "unbind", "relay@"]);
});
