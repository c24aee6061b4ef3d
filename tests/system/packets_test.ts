/** Nothing of a process in a VRF leaves or arrives outside of it. */

import { assertEquals } from "@std/assert";
import { must, mustSh, run } from "../shell.ts";
import { type Outside, tryWays } from "../sockets/escape.ts";
import { makeVrf, until } from "./guest.ts";

await must(["denovrf", "install"]);

const OUTSIDE: Outside = { device: "out0", peer: "behind" };

/**
 * The default VRF has a way to everywhere, as most hosts' have; the VRF's own
 * table has none, as it is when somebody makes one.
 */
async function makeOutside(): Promise<AsyncDisposable> {
  await mustSh(`
for module in smc sctp dccp_ipv4 dccp_ipv6 l2tp_ip l2tp_ip6 rds_tcp tun; do
  modprobe -q $module || echo no $module
done
echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range
ip netns add behind
ip link add out0 type veth peer name eth0 netns behind
ip link set out0 up
ip address add 203.0.113.1/24 dev out0
ip address add 2001:db8:3::1/64 dev out0 nodad
ip -n behind link set eth0 up
ip -n behind address add 203.0.113.2/24 dev eth0
ip -n behind address add 2001:db8:3::2/64 dev eth0 nodad
ip route add default via 203.0.113.2
ip -6 route add default via 2001:db8:3::2`);
  await until(
    "link-local addresses can be used",
    async () =>
      await mustSh(
        "ip -6 address show tentative; ip -n behind -6 address show tentative",
      ) === "",
  );
  return {
    async [Symbol.asyncDispose]() {
      await run(["ip", "link", "delete", "out0"]);
      await must(["ip", "netns", "delete", "behind"]);
    },
  };
}

/** What makes a table complete (Documentation/networking/vrf.rst of Linux). */
const CATCH_ALL = ["ip", "ip -6"].map((ip) =>
  `${ip} route add unreachable default metric 4278198272 vrf mgmt`
).join("\n");

const MODES: readonly (readonly string[])[] = [
  ...[[], ["--loopback"], ["--lock"], ["--lock", "--loopback"]],
];

type User = "nobody" | "root";

const USERS: readonly User[] = ["nobody", "root"];

/** Puts a command into a unit, in the VRF. */
function inUnit(mode: readonly string[], user: User): string[] {
  return [
    ...["denovrf", "run", ...mode, "mgmt", "-q", "--pipe"],
    ...["-p", `User=${user}`, "--"],
  ];
}

const NO_CAPABILITIES =
  "CapabilityBoundingSet=~CAP_NET_RAW CAP_NET_ADMIN CAP_SYS_ADMIN";

/** What no program of a cgroup sees, and what only root can do. */
const OF_ROOT = [
  ...["af_packet_by_io_uring/4", "bpf_detach/4", "cgroup/4", "macvlan/4"],
  ...["netns/4", "sock_packet/4", "tun/4"],
];

/** The kernel sends by TCP of its own, once root has loaded the module. */
const OF_KERNEL = ["rds/4"];

/**
 * What a process hears that is helped from outside: the data of ICMP errors
 * that nothing was sent for pass by no filter of the kernel's.
 */
const ERRORS = [
  ...["dissolved/4", "dissolved/6", "of_ping/4", "of_ping/6"].map((of) =>
    `hear_error_queue_${of}`
  ),
];

/** The same of a socket that is not bound yet. */
const ERRORS_BEFORE_USE = ["hear_error_queue/4", "hear_error_queue/6"];

/**
 * What this host's own kernel answers, to an address of the process's choice,
 * where the VRF's table has no route for that address.
 */
const WITHOUT_CATCH_ALL = [
  ...["reflected_echo/6", "reflected_error/6", "reflected_reset/6"],
];

/** The ways that are known to be open. */
function open(
  mode: readonly string[],
  user: User,
  hasCatchAll: boolean,
): string[] {
  const [loopback, lock] = ["--loopback", "--lock"].map((each) =>
    mode.includes(each)
  );
  return [
    ...ERRORS,
    ...loopback
      ? [...ERRORS_BEFORE_USE, "own_loopback/4", "own_loopback/6"]
      : [],
    ...lock ? [] : OF_KERNEL,
    ...hasCatchAll ? [] : WITHOUT_CATCH_ALL,
    ...user === "nobody" ? [] : OF_ROOT,
    ...user === "nobody" || lock ? [] : ["af_packet/4"],
  ];
}

/** What the process sees where this kernel lacks something. */
const LACKING = [
  ...["EAFNOSUPPORT", "EOPNOTSUPP", "EPROTONOSUPPORT", "ESOCKTNOSUPPORT"],
];

/** The ways that do lead out of the VRF if packets are let through. */
const works = new Set<string>();

/** Each that was tried and that this kernel has. */
const all = new Set<string>();

for (const hasCatchAll of [true, false]) {
  const title = hasCatchAll ? "a catch-all" : "its own subnet alone";
  Deno.test(`nothing leaves or arrives outside of a VRF with ${title}`, async (t) => {
    await using _vrf = await makeVrf("mgmt", 100);
    await using _outside = await makeOutside();
    if (hasCatchAll) await mustSh(CATCH_ALL);
    // What root can do does not depend on the table.
    for (const user of hasCatchAll ? USERS : USERS.slice(0, 1)) {
      for (const mode of MODES) {
        await t.step(`${["run", ...mode].join(" ")}, as ${user}`, async () => {
          const { seen, leaks } = await tryWays(OUTSIDE, inUnit(mode, user));
          const known = open(mode, user, hasCatchAll);
          for (const way of leaks.keys()) works.add(way);
          for (const [way, result] of seen) {
            if (!LACKING.includes(result)) all.add(way);
          }
          assertEquals(
            Object.fromEntries(
              [...leaks].filter(([way]) => !known.includes(way)),
            ),
            {},
          );
        });
      }
    }
    for (const prefix of [[], inUnit(["--open"], "root")]) {
      const { leaks } = await tryWays(OUTSIDE, prefix);
      for (const way of leaks.keys()) works.add(way);
    }
  });
}

Deno.test("nothing leaves a VRF with --lock if root has no capabilities, but by another cgroup", async () => {
  await using _vrf = await makeVrf("mgmt", 100);
  await using _outside = await makeOutside();
  await mustSh(CATCH_ALL);
  const { leaks } = await tryWays(OUTSIDE, [
    ...["denovrf", "run", "--lock", "mgmt", "-q", "--pipe"],
    ...["-p", NO_CAPABILITIES, "--"],
  ]);
  const known = open(["--lock"], "nobody", true);
  assertEquals(
    [...leaks.keys()].filter((way) => !known.includes(way)),
    // The files of the hierarchy are root's.
    ["cgroup/4"],
  );
});

/** What some kernels themselves refuse, with an errno of any kind. */
const REFUSED_BY_KERNEL = [
  // Seen with 6.1 and 6.12.
  "scope_connect_l2tp/6",
  // io_uring has setsockopt() since Linux 6.7.
  ...["join_nowhere_by_io_uring/4", "join_nowhere_by_io_uring/6"],
];

Deno.test("each way does lead out where nothing keeps packets in", () => {
  const unproven = [...all].filter((way) => !works.has(way));
  assertEquals(
    unproven.filter((way) => !REFUSED_BY_KERNEL.includes(way)),
    [],
  );
});

/** Answers datagrams at its addresses, and says so once it can. */
const ECHO = `
import socket, select
sockets = []
for address in "203.0.113.2", "2001:db8:3::2":
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 7500))
    sockets.append(made)
print("ready", flush=True)
while True:
    for made in select.select(sockets, [], [])[0]:
        data, sender = made.recvfrom(64)
        made.sendto(data, sender)`;

/** Asks from the addresses that this host has in the VRF. */
const ASK = `
import errno, socket
for own, peer in ("192.0.2.1", "203.0.113.2"), ("2001:db8::1", "2001:db8:3::2"):
    made = socket.socket(socket.AF_INET6 if ":" in own else socket.AF_INET, socket.SOCK_DGRAM)
    made.settimeout(60)
    made.bind((own, 0))
    try:
        made.sendto(b"echo", (peer, 7500))
        print(made.recv(64).decode())
    except OSError as error:
        print(errno.errorcode.get(error.errno, error))`;

Deno.test("where the VRF's own table leads out of it, packets go there, but not with --lock", async () => {
  await using _vrf = await makeVrf("mgmt", 100);
  await using _outside = await makeOutside();
  await mustSh(`
ip route add 203.0.113.2 dev out0 vrf mgmt
ip -6 route add 2001:db8:3::2 dev out0 vrf mgmt
ip route add 192.0.2.1 dev mgmt
ip -6 route add 2001:db8::1 dev mgmt
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
ip -n behind route add default via 203.0.113.1
ip -n behind -6 route add default via 2001:db8:3::1`);
  const echo = new Deno.Command("ip", {
    args: ["netns", "exec", "behind", "/usr/bin/python3", "-c", ECHO],
    stdout: "piped",
  }).spawn();
  const printed = echo.stdout.getReader();
  try {
    await printed.read();
    for (
      const [mode, answer] of [
        ...[[[], "echo"], [["--loopback"], "echo"]],
        ...[[["--lock"], "EPERM"], [["--lock", "--loopback"], "EPERM"]],
      ] as const
    ) {
      assertEquals(
        await must([
          ...inUnit(mode, "nobody"),
          ...["/usr/bin/python3", "-c", ASK],
        ]),
        `${answer}\n${answer}`,
        mode.join(" "),
      );
    }
  } finally {
    await printed.cancel();
    echo.kill("SIGKILL");
    await echo.status;
    await mustSh(`
ip -6 route delete 2001:db8::1 dev mgmt
echo 0 > /proc/sys/net/ipv4/ip_forward
echo 0 > /proc/sys/net/ipv6/conf/all/forwarding`);
  }
});

/** Tunnels of which one end is in the VRF, while their own packets are not. */
const TUNNELS: Readonly<
  Record<
    string,
    { module: string; type: (local: string, remote: string) => string }
  >
> = {
  VXLAN: {
    module: "vxlan",
    type: (local, remote) =>
      `type vxlan id 7 dstport 4789 local ${local} remote ${remote}`,
  },
  GRE: {
    module: "ip_gre",
    type: (local, remote) => `type gre local ${local} remote ${remote}`,
  },
};

Deno.test("a tunnel in the VRF works whose own packets leave outside of it", async (t) => {
  await using _vrf = await makeVrf("mgmt", 100);
  await using _outside = await makeOutside();
  for (const [name, { module, type }] of Object.entries(TUNNELS)) {
    if ((await run(["modprobe", "-q", module])).code !== 0) {
      await t.step({
        name: `this kernel has no ${name}`,
        ignore: true,
        fn() {},
      });
      continue;
    }
    await mustSh(`
ip link add tunnel0 ${type("203.0.113.1", "203.0.113.2")}
ip link set tunnel0 master mgmt up
ip address add 198.51.100.1/24 dev tunnel0
ip -n behind link add tunnel0 ${type("203.0.113.2", "203.0.113.1")}
ip -n behind link set tunnel0 up
ip -n behind address add 198.51.100.2/24 dev tunnel0`);
    const ping = ["ping", "-q", "-c1", "-W60", "198.51.100.2"];
    for (const mode of MODES) {
      const { code, stdout } = await run([...inUnit(mode, "nobody"), ...ping]);
      assertEquals([name, mode, code], [name, mode, 0], stdout);
    }
    await mustSh("ip link delete tunnel0; ip -n behind link delete tunnel0");
  }
});

/**
 * Joins a group and sends to another, naming a device or none, and says what it
 * has heard.
 */
const MEMBER = `
import errno, socket, struct, sys
named = socket.if_nametoindex("veth100") if sys.argv[1] == "named" else 0
members = []
for family, group, other in (2, "239.1.2.3", "239.1.2.4"), (10, "ff0e::3", "ff0e::4"):
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.settimeout(60)
    made.bind(("0.0.0.0" if family == 2 else "::", 7600 + family))
    packed = socket.inet_pton(family, group)
    if family == 2:
        made.setsockopt(0, socket.IP_ADD_MEMBERSHIP, packed + struct.pack("=4xi", named))
        if named: made.setsockopt(0, socket.IP_MULTICAST_IF, struct.pack("=8xi", named))
    else:
        made.setsockopt(41, socket.IPV6_JOIN_GROUP, packed + struct.pack("=i", named))
    name = (other, 7700) if family == 2 else (other, 7700, 0, named)
    control = [(41, socket.IPV6_PKTINFO, struct.pack("=16xi", named))] if named and family == 10 else []
    try: sent = made.sendmsg([b"said"], control, 0, name)
    except OSError as error: sent = errno.errorcode[error.errno]
    members.append((made, sent))
print("joined", flush=True)
for made, sent in members: print(made.recv(64).decode(), sent, flush=True)`;

/** Says something to both groups. */
const SAY = `
import socket, struct
index = socket.if_nametoindex("eth0")
made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
made.setsockopt(0, socket.IP_MULTICAST_IF, struct.pack("=8xi", index))
made.sendto(b"heard", ("239.1.2.3", 7602))
made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
made.setsockopt(41, socket.IPV6_MULTICAST_IF, index)
made.sendto(b"heard", ("ff0e::3", 7610))`;

Deno.test("a group of the VRF is heard, also if no device is named, and said something to if one is", async () => {
  await using vrf = await makeVrf("mgmt", 100);
  await using _outside = await makeOutside();
  await mustSh(CATCH_ALL);
  for (const mode of MODES) {
    for (
      const [how, sent] of [
        ["named", ["4", "4"]],
        // The latter is the kernel's own.
        ["unnamed", ["EPERM", "ENETUNREACH"]],
      ] as const
    ) {
      const [program = "", ...args] = [
        ...inUnit(mode, "nobody"),
        ...["/usr/bin/python3", "-c", MEMBER, how],
      ];
      const member = new Deno.Command(program, { args, stdout: "piped" })
        .spawn();
      const printed = member.stdout.pipeThrough(new TextDecoderStream());
      let text = "";
      for await (const chunk of printed) {
        if (text === "") {
          await must([
            ...["ip", "netns", "exec", vrf.peer],
            ...["/usr/bin/python3", "-c", SAY],
          ]);
        }
        text += chunk;
      }
      assertEquals(
        [mode, how, ...text.trim().split("\n")],
        [mode, how, "joined", ...sent.map((each) => `heard ${each}`)],
      );
      await member.status;
    }
  }
});
