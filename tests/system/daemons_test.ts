/** Recipes of the manual for daemons as Debian packages them, with a peer each. */

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
} from "./guest.ts";
import { ASK_SNMP, NAME_SERVER, VRRP_LISTENER } from "./servers.ts";
import { answerEverywhere, ASK, atPeer } from "./whereabouts.ts";

await must(["denovrf", "install"]);

/** Unbinds and stops a daemon at the end of a scope. */
function afterwards(stack: AsyncDisposableStack, name: string): void {
  stack.defer(async () => {
    await must(["denovrf", "unbind", name]);
    await must(["systemctl", "stop", name]);
  });
}

/** Runs a program for Python at a VRF's peer. @returns What it prints. */
function pythonAtPeer(peer: string, program: string): Promise<string> {
  return must([...atPeer(peer), "timeout", "180", "python3", "-c", program]);
}

Deno.test("sshd runs in a VRF each, from one template", async () => {
  await using mgmt = await makeVrf("mgmt", 10);
  await using red = await makeVrf("vrf-red.7", 11);
  await using _outside = await makeOutside();
  await using _template = await unit(
    "sshd-vrf@.service",
    "[Service]\nExecStart=/usr/sbin/sshd -D -o PidFile=none\n",
  );
  await mustSh("mkdir -p /run/sshd; ssh-keygen -A");
  await must(["denovrf", "bind", "sshd-vrf@", "%i"]);
  const instances = ["sshd-vrf@mgmt", "sshd-vrf@vrf\\x2dred.7"];
  // The pins of an interface with a dot are elsewhere: it does not start.
  await must(["systemctl", "start", ...instances.slice(0, 1)]);
  assertEquals((await run(["systemctl", "start", ...instances])).code, 1);
  const greeting = async (peer: string) =>
    (await connect(atPeer(peer), 22)).stdout.slice(0, 7);
  await until(
    "sshd answers in mgmt",
    async () => await greeting(mgmt.peer) === "SSH-2.0",
  );
  assertEquals(await greeting(red.peer), "");
  assertStringIncludes((await connect([], 22)).stderr, "ConnectionRefused");
  await must(["denovrf", "unbind", "sshd-vrf@"]);
  await must(["systemctl", "stop", ...instances]);
});

Deno.test("a tunnel of WireGuard is carried by a VRF, with a mark and a rule", async () => {
  await using front = await makeVrf("front", 10);
  await using _outside = await makeOutside();
  await using stack = new AsyncDisposableStack();
  stack.defer(async () =>
    void await mustSh(`
ip link delete wg0
ip rule delete fwmark 42
sysctl -q net.ipv4.udp_l3mdev_accept=0`)
  );
  await mustSh(`
cd /run
umask 77
for end in ours theirs; do wg genkey > $end.key; wg pubkey < $end.key > $end.pub; done
ip link add wg0 type wireguard
wg set wg0 listen-port 51820 private-key ours.key fwmark 42 peer $(cat theirs.pub) \
  allowed-ips 10.77.0.2/32 endpoint ${PEER_ADDRESS}:51820
ip address add 10.77.0.1/24 dev wg0
ip link set wg0 up
ip -n ${front.peer} link add wg1 type wireguard
ip netns exec ${front.peer} wg set wg1 listen-port 51820 private-key theirs.key \
  peer $(cat ours.pub) allowed-ips 10.77.0.1/32
ip -n ${front.peer} address add 10.77.0.2/24 dev wg1
ip -n ${front.peer} link set wg1 up`);
  const ping = ["ping", "-q", "-c1", "-W1", "10.77.0.2"];
  assertEquals((await run(ping)).code, 1);

  await mustSh(`
ip rule add fwmark 42 lookup 10 priority 900
sysctl -q net.ipv4.udp_l3mdev_accept=1`);
  await until("the peer answers", async () => (await run(ping)).code === 0);
  assertEquals(
    (await run([...atPeer(front.peer), "ping", "-qc1", "-W9", "10.77.0.1"]))
      .code,
    0,
  );
  assertStringIncludes(
    (await run(["denovrf", "verify"])).stderr,
    "udp 0.0.0.0:51820 is the kernel's own socket, and in no VRF",
  );
});

Deno.test("unbound and snmpd answer the host, and unbound asks in its VRF", async () => {
  await using front = await makeVrf("front", 10);
  await using _outside = await makeOutside();
  await using stack = new AsyncDisposableStack();
  const server = new Deno.Command("ip", {
    args: ["netns", "exec", front.peer, "python3", "-c", NAME_SERVER],
  }).spawn();
  stack.defer(async () => {
    server.kill("SIGKILL");
    await server.status;
  });
  await Deno.writeTextFile(
    "/etc/unbound/unbound.conf.d/forward.conf",
    `server:\n  module-config: "iterator"\nforward-zone:\n  name: "."\n  forward-addr: ${PEER_ADDRESS}\n`,
  );
  for (const name of ["unbound", "snmpd"]) {
    await must(["denovrf", "bind", "--now", "--loopback", name, "front"]);
    afterwards(stack, name);
  }
  const dig = ["dig", "+short", "+tries=1", "@127.0.0.1", "www.example"];
  await until(
    "unbound answers",
    async () => (await run(dig)).stdout === "203.0.113.53",
  );
  await until(
    "snmpd answers",
    async () =>
      (await run(["python3", "-c", ASK_SNMP])).stdout.includes("guest"),
  );
  await must(["denovrf", "verify", "unbound"]);
});

Deno.test("a daemon that listens on 127.0.0.1 says why it does not start, and bind how to go on", async () => {
  await using _front = await makeVrf("front", 10);
  await using stack = new AsyncDisposableStack();
  const { code, stderr } = await run(
    ["denovrf", "bind", "--now", "snmpd", "front"],
  );
  afterwards(stack, "snmpd");
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "denovrf unbind --now snmpd.service");
});

Deno.test("cron's jobs are in its VRF", async () => {
  await using front = await makeVrf("front", 10);
  await using _answers = await answerEverywhere(front);
  await using stack = new AsyncDisposableStack();
  await must(["denovrf", "bind", "--now", "cron", "front"]);
  afterwards(stack, "cron");
  stack.defer(() => Deno.remove("/etc/cron.d/ask"));
  await Deno.writeTextFile(
    "/etc/cron.d/ask",
    `* * * * * nobody ${ASK.join(" ")} > /tmp/asked 2>&1\n`,
  );
  await until("a job has asked", async () => {
    const { stdout } = await run(["cat", "/tmp/asked"]);
    return stdout === "front";
  });
});

Deno.test("keepalived announces its address in a VRF", async () => {
  await using front = await makeVrf("front", 10);
  await using _outside = await makeOutside();
  await using stack = new AsyncDisposableStack();
  await Deno.writeTextFile(
    "/etc/keepalived/keepalived.conf",
    `vrrp_instance front {
  interface veth10
  virtual_router_id 7
  priority 200
  advert_int 1
  virtual_ipaddress { 192.0.2.7/24 }
}
`,
  );
  await must(["denovrf", "bind", "--now", "keepalived", "front"]);
  afterwards(stack, "keepalived");
  assertEquals(await pythonAtPeer(front.peer, VRRP_LISTENER), OUR_ADDRESS);
  await must(["denovrf", "verify", "keepalived"]);
});

Deno.test("verify is a check for monitoring, by its exit status", async () => {
  await using _front = await makeVrf("front", 10);
  await using _unit = await unit(
    "checked.service",
    "[Service]\nExecStart=/usr/bin/python3 -c 'import socket, time; s = socket.socket(); time.sleep(1000)'\n",
  );
  await must(["denovrf", "bind", "--now", "checked", "front"]);
  const line =
    "denovrf verify --json > /run/denovrf.json; echo denovrf_outside $?";
  const metric = () => must(["sh", "-c", line]);
  assertEquals(await metric(), "denovrf_outside 0");
  await mustSh(`
mv /etc/systemd/system/checked.service.d /run
systemctl daemon-reload
systemctl restart checked
mv /run/checked.service.d /etc/systemd/system
systemctl daemon-reload`);
  await until(
    "the socket is found",
    async () => await metric() === "denovrf_outside 1",
  );
  await must(["denovrf", "unbind", "checked"]);
});
