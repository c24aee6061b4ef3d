import { assertEquals } from "@std/assert";
import { findings } from "../../src/bound_units/findings.ts";

/** An `ExecStart` property as systemctl show prints it. */
function execStart(...commands: string[]): string {
  return commands.map((command) =>
    `{ path=${
      command.split(" ", 1)[0]
    } ; argv[]=${command} ; ignore_errors=no ; start_time=[n/a] ; pid=0 }`
  ).join(" ");
}

/** What is found of a unit that is to be bound to red: "!" contradicts. */
function found(
  properties: Record<string, string>,
  unit = "x.service",
  before?: string,
): string[] {
  return findings(unit, new Map(Object.entries(properties)), "red", before)
    .map(({ message, isContradiction }) =>
      `${isContradiction ? "!" : ""}${message}`
    );
}

Deno.test("findings() has nothing to say of an ordinary unit", () => {
  assertEquals(
    found({
      ExecStart: execStart("/usr/sbin/sshd -D", "/usr/bin/ip address show"),
      PrivateNetwork: "no",
      BPFProgram: "sock_create:/sys/fs/bpf/denovrf/red/sock_create",
      Type: "notify",
    }),
    [],
  );
});

Deno.test("findings() tells what puts a unit's sockets elsewhere", () => {
  const blue = "sock_create:/sys/fs/bpf/denovrf/blue/sock_create";
  const cases: [Record<string, string>, string[]][] = [
    [
      { ExecStart: execStart("/usr/sbin/ip vrf exec blue /usr/bin/daemon") },
      ['!"x.service" enters "blue" by itself, in its ExecStart='],
    ],
    [
      { ExecStart: execStart("/bin/sh -c ip  vrf exec red daemon ; wait") },
      ['"x.service" enters "red" by itself, in its ExecStart='],
    ],
    [
      { ExecStart: execStart("/bin/true", "denovrf exec --lock blue daemon") },
      ['!"x.service" enters "blue" by itself, in its ExecStart='],
    ],
    [{ BPFProgram: blue }, [
      '!"x.service" has a BPFProgram= of the VRF "blue"',
    ]],
    [
      { BindNetworkInterface: "blue" },
      ['!"x.service" has BindNetworkInterface=blue'],
    ],
    [{ BindNetworkInterface: "red" }, []],
  ];
  for (const [properties, expected] of cases) {
    assertEquals(found(properties), expected);
  }
  assertEquals(found({ BPFProgram: blue }, "x.service", "blue"), []);
});

Deno.test("findings() tells where a binding has no effect", () => {
  for (
    const properties of [
      { PrivateNetwork: "yes" },
      { NetworkNamespacePath: "/run/netns/a" },
      { ExecStart: execStart("/sbin/ip netns exec a daemon") },
    ]
  ) {
    const [message, ...others] = found(properties as Record<string, string>);
    assertEquals(others, []);
    assertEquals(message?.includes("network namespace of its own"), true);
  }
});

Deno.test("findings() knows what has the kernel make sockets", () => {
  const cases: [Record<string, string>, string | undefined, boolean][] = [
    [{}, "wg-quick@wg0.service", true],
    [{ ExecStart: execStart("/usr/bin/wg-quick up wg0") }, undefined, true],
    [
      { ExecStart: execStart("/sbin/ip link add wg0 type wireguard") },
      undefined,
      true,
    ],
    [
      { ExecStart: execStart("/sbin/ip -4 link add name v type vxlan id 4") },
      undefined,
      true,
    ],
    [
      { ExecStart: execStart("/sbin/ip link add name v type dummy") },
      undefined,
      false,
    ],
    [{ Type: "nfs4" }, "srv-data.mount", true],
    [{ Type: "fuse.sshfs" }, "srv-data.mount", false],
  ];
  for (const [properties, unit, expected] of cases) {
    assertEquals(found(properties, unit).length > 0, expected);
  }
});
