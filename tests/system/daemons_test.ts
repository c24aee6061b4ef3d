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
import { commandsInManual, fileInManual } from "./manual_blocks.ts";
import {
  ASK_SNMP,
  FIRST_DATAGRAM,
  NAME_SERVER,
  VRRP_LISTENER,
} from "./servers.ts";
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

Deno.test("sshd is in the VRF that its instance names, from one template", async () => {
  await using mgmt = await makeVrf("mgmt", 10);
  await using red = await makeVrf("vrf-red.7", 11);
  await using _outside = await makeOutside();
  await using _template = await unit(
    "sshd-vrf@.service",
    fileInManual("/etc/systemd/system/sshd-vrf@.service"),
  );
  // As on a machine whose ssh.service has not run.
  await mustSh("rm -rf /run/sshd; ssh-keygen -A");
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

Deno.test("a tunnel of WireGuard is carried by a VRF, and by no other while that has no route", async () => {
  await using front = await makeVrf("front", 10);
  await using outside = await makeOutside();
  await using stack = new AsyncDisposableStack();
  const file = "/etc/wireguard/wg0.conf";
  const wayOut = () => run(["ip", "route", "get", PEER_ADDRESS, "mark", "42"]);
  const atFront = atPeer(front.peer).join(" ");
  await mustSh(`
cd /run
umask 77
for end in ours theirs; do wg genkey > $end.key; wg pubkey < $end.key > $end.pub; done
${atFront} ip link add wg1 type wireguard
${atFront} wg set wg1 listen-port 51820 private-key theirs.key \
  peer $(cat ours.pub) allowed-ips 10.77.0.1/32
${atFront} ip address add 10.77.0.2/24 dev wg1
${atFront} ip link set wg1 up`);
  await Deno.writeTextFile(
    file,
    `${fileInManual(file)}
PrivateKey = ${await Deno.readTextFile("/run/ours.key")}
Address = 10.77.0.1/24
ListenPort = 51820
[Peer]
PublicKey = ${await Deno.readTextFile("/run/theirs.pub")}
AllowedIPs = 10.77.0.2/32
Endpoint = ${PEER_ADDRESS}:51820
`,
  );
  assertStringIncludes((await wayOut()).stdout, "dev veth0");

  stack.defer(async () => {
    await must(["systemctl", "stop", "wg-quick@wg0"]);
    await must(["sysctl", "-q", "net.ipv4.udp_l3mdev_accept=0"]);
    assertStringIncludes((await wayOut()).stdout, "dev veth0");
  });
  await must(["systemctl", "start", "wg-quick@wg0"]);
  const ping = ["ping", "-q", "-c1", "-W1", "10.77.0.2"];
  assertEquals((await run(ping)).code, 1);
  await must(["sysctl", "-q", "net.ipv4.udp_l3mdev_accept=1"]);
  await until("the peer answers", async () => (await run(ping)).code === 0);
  await must([...atPeer(front.peer), "ping", "-qc1", "-W9", "10.77.0.1"]);
  assertStringIncludes((await wayOut()).stdout, "dev veth10");
  assertStringIncludes(
    (await run(["denovrf", "verify"])).stderr,
    "udp 0.0.0.0:51820 is the kernel's own socket, and in no VRF",
  );

  // The peer outside, who has the same address, would hear it.
  const heard = new Deno.Command("ip", {
    args: ["netns", "exec", outside.peer, "python3", "-c", FIRST_DATAGRAM],
    stdout: "piped",
  }).spawn();
  await until(
    "the peer outside listens",
    async () =>
      (await must([...atPeer(outside.peer), "ss", "-Hlun"])).includes(":51820"),
  );
  await must(["ip", "link", "set", "veth10", "down"]);
  assertStringIncludes((await wayOut()).stderr, "unreachable");
  assertEquals((await run(ping)).code, 1);
  await mustSh(
    `python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"not marked", ("${PEER_ADDRESS}", 51820))'`,
  );
  const { stdout } = await heard.output();
  assertEquals(new TextDecoder().decode(stdout), "b'not marked'\n");
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
  stack.defer(() => Deno.remove("/etc/cron.d/ask"));
  await Deno.writeTextFile(
    "/etc/cron.d/ask",
    `@reboot nobody ${ASK.join(" ")} > /tmp/asked 2>&1\n`,
  );
  // It takes its start for the machine's.
  await mustSh("rm -f /run/crond.reboot");
  await must(["denovrf", "bind", "--now", "cron", "front"]);
  afterwards(stack, "cron");
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
  const directory = "/var/lib/prometheus/node-exporter";
  const commands = commandsInManual(`cd ${directory}`);
  const metric = async () => {
    await run(["sh", "-c", commands]);
    return await Deno.readTextFile(`${directory}/denovrf.prom`);
  };
  await until(
    "the unit has its socket in the VRF",
    async () => await metric() === "denovrf_verify_status 0\n",
  );
  await mustSh(`
mv /etc/systemd/system/checked.service.d /run
systemctl daemon-reload
systemctl restart checked
mv /run/checked.service.d /etc/systemd/system
systemctl daemon-reload`);
  await until(
    "the socket is found",
    async () => await metric() === "denovrf_verify_status 1\n",
  );
  const [found] = JSON.parse(
    await Deno.readTextFile(`${directory}/denovrf.json`),
  );
  assertEquals([found.unit, found.state], ["checked.service", "outside"]);

  await must(["systemctl", "start", "prometheus-node-exporter"]);
  await until("node_exporter has it", async () => {
    const { stdout } = await run(["curl", "-sS", "127.0.0.1:9100/metrics"]);
    return stdout.includes("\ndenovrf_verify_status 1\n");
  });
  await must(["systemctl", "stop", "prometheus-node-exporter"]);
  await must(["denovrf", "unbind", "checked"]);
});
