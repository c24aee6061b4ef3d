import { assertEquals } from "@std/assert";
import {
  cgroupToAttach,
  cgroupToEnter,
  outsideOfVrfs,
  parseEntered,
  vrfOfIproute2,
} from "../../src/cgroup/vrf_cgroup.ts";

const RED = { ifname: "red", mode: "plain", netns: "4026531840" };

Deno.test("cgroupToAttach() has a name for each VRF, mode and namespace, which parseEntered() reads", () => {
  const others = [
    RED,
    { ...RED, ifname: "blue" },
    { ...RED, mode: "lock+loopback" },
    { ...RED, netns: "4026532000" },
    { ...RED, ifname: "eth0.100" },
    { ...RED, ifname: "a\\x2d=%$ü" },
  ];
  const cgroups = others.map((vrf) => cgroupToAttach("/a.slice/b", vrf));
  assertEquals(new Set(cgroups).size, others.length);
  assertEquals(cgroups.map(parseEntered), others);
  assertEquals(cgroupToAttach("/", RED), "/denovrf:red:plain:4026531840");
});

Deno.test("parseEntered() knows no cgroup of others", () => {
  for (
    const cgroup of [
      ...["/", "/denovrf", "/denovrf:red", "/denovrf:red:plain", "/vrf/red"],
      ...[
        "/denovrf:red:plain:1:2",
        "/denovrf:red:plain:1/vrf",
        "/denovrf::a:1",
      ],
    ]
  ) {
    assertEquals(parseEntered(cgroup), undefined, cgroup);
  }
});

Deno.test("outsideOfVrfs() leaves what exec and ip vrf exec have made", () => {
  const ours = cgroupToEnter(cgroupToAttach("/a/b", RED), RED);
  const cases: [cgroup: string, outside: string][] = [
    ["/", "/"],
    ["/system.slice/ssh.service", "/system.slice/ssh.service"],
    ["/vrf/red", "/"],
    ["/a/b/vrf/red", "/a/b"],
    [ours, "/a/b"],
    [`${ours}/vrf/blue`, "/a/b"],
    [ours.replace(/\/red$/, ""), "/a/b"],
    [cgroupToEnter(cgroupToAttach("/", RED), RED), "/"],
    ["/a/vrf", "/a/vrf"],
    ["/a/denovrf@red.service", "/a/denovrf@red.service"],
  ];
  for (const [cgroup, outside] of cases) {
    assertEquals(outsideOfVrfs(cgroup), outside, cgroup);
  }
});

Deno.test("vrfOfIproute2() knows the cgroups of ip vrf exec from ours", () => {
  const attached = cgroupToAttach("/a", RED);
  assertEquals(vrfOfIproute2("/a/vrf/red"), "red");
  assertEquals(vrfOfIproute2("/a/vrf"), undefined);
  assertEquals(vrfOfIproute2(cgroupToEnter(attached, RED)), undefined);
  assertEquals(vrfOfIproute2(`${attached}/vrf/blue`), "blue");
});
