/** What system tests need of the machine they run on: a real systemd, as root. */

import { pinDirectory } from "../../src/kernel/pins.ts";
import { must, mustSh, type Result, run } from "../shell.ts";

/** Writes a unit that lives until it is disposed of. */
export async function unit(
  name: string,
  text: string,
): Promise<AsyncDisposable> {
  const path = `/run/systemd/system/${name}`;
  await Deno.writeTextFile(path, text);
  await must(["systemctl", "daemon-reload"]);
  return {
    async [Symbol.asyncDispose]() {
      await run(["systemctl", "stop", name]);
      const dropIns = `/etc/systemd/system/${name}.d`;
      // A test that has failed left it bound.
      if ((await run(["test", "-e", dropIns])).code === 0) {
        await run(["denovrf", "unbind", name]);
      }
      // The next unit has systemd read its files again, which takes seconds.
      await Deno.remove(path);
    },
  };
}

/**
 * A VRF with one device, behind which is a peer in a network namespace of its
 * own. The addresses are the same in every VRF.
 */
export interface Vrf extends AsyncDisposable {
  name: string;
  /** The network namespace of the peer. */
  peer: string;
}

/** Addresses of documentation networks (RFC 5737, RFC 3849). */
export const OUR_ADDRESS = "192.0.2.1";

export const PEER_ADDRESS = "192.0.2.2";

export const OUR_ADDRESS6 = "2001:db8::1";

export const PEER_ADDRESS6 = "2001:db8::2";

/** Makes a VRF and its peer. */
export async function makeVrf(name: string, table: number): Promise<Vrf> {
  // Routes without a device outlive the VRF of an earlier test.
  await mustSh(`
ip route flush table ${table} 2>/dev/null || true
ip -6 route flush table ${table} 2>/dev/null || true
ip link add ${name} type vrf table ${table}; ip link set ${name} up`);
  return await withPeer(name, table, `master ${name}`);
}

/**
 * The default VRF, with a peer as the others have. A daemon that listens there answers at
 * our address, and without one, a connection is refused.
 */
export function makeOutside(): Promise<Vrf> {
  return withPeer("outside", 0, "nomaster");
}

async function withPeer(
  name: string,
  number: number,
  master: string,
): Promise<Vrf> {
  const peer = `peer${number}`;
  await mustSh(`
ip netns add ${peer}
ip link add veth${number} type veth peer name eth0 netns ${peer}
ip link set veth${number} ${master} up
ip address add ${OUR_ADDRESS}/24 dev veth${number}
ip address add ${OUR_ADDRESS6}/64 dev veth${number} nodad
ip -n ${peer} link set lo up
ip -n ${peer} link set eth0 up
ip -n ${peer} address add ${PEER_ADDRESS}/24 dev eth0
ip -n ${peer} address add ${PEER_ADDRESS6}/64 dev eth0 nodad`);
  return {
    name,
    peer,
    async [Symbol.asyncDispose]() {
      await removeVrf(name);
      await run(["ip", "link", "delete", `veth${number}`]);
      await must(["ip", "netns", "delete", peer]);
    },
  };
}

/** Removes a VRF, and its binding with it, which list and doctor would show. */
export async function removeVrf(name: string): Promise<void> {
  await run(["ip", "link", "delete", name]);
  const template = "--template=denovrf@.service";
  const binding = await must(["systemd-escape", template, "--", name]);
  await run(["systemctl", "stop", binding]);
  await must(["rm", "-rf", pinDirectory(name)]);
}

/**
 * Makes a TCP connection to our address.
 *
 * @param behind A command prefix, such as `ip netns exec peer0`.
 * @returns What the server says first, on stdout.
 */
export function connect(
  behind: readonly string[],
  port: number,
): Promise<Result> {
  return run([
    ...behind,
    ...["/usr/bin/python3", "-c"],
    `import socket
s = socket.create_connection(("${OUR_ADDRESS}", ${port}), 60); s.settimeout(60)
print(s.recv(64).decode())`,
  ]);
}

/** Waits until a check holds. */
export async function until(
  what: string,
  check: () => Promise<boolean>,
): Promise<void> {
  const seconds = 180;
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const began = Date.now();
    if (await check()) return;
    // At least half of the time of the one CPU is for what is waited for.
    const pause = Math.max(200, Date.now() - began);
    await new Promise((wake) => setTimeout(wake, pause));
  }
  throw new Error(`Not within ${seconds} s: ${what}`);
}

/** Waits until a unit is active. */
export function untilActive(name: string): Promise<void> {
  return until(
    `${name} is active`,
    async () => (await run(["systemctl", "is-active", name])).code === 0,
  );
}

/** Waits until systemd has done all that it was asked for. */
export function untilNoJobs(): Promise<void> {
  return until(
    "systemd has no jobs left",
    async () => await must(["systemctl", "list-jobs", "--no-legend"]) === "",
  );
}

/** Every file and link below systemd's directories. */
export function unitFiles(): Promise<string> {
  return mustSh("find /etc/systemd/system /run/systemd/system | sort");
}

/** A sandbox as careful people write it. */
export const SANDBOX = `DynamicUser=yes
ProtectControlGroups=yes
NoNewPrivileges=yes
PrivateTmp=yes
RestrictNamespaces=yes
`;
