import { assert, assertEquals } from "@std/assert";
import type { Finding } from "../../src/doctor/check.ts";
import { must, mustSh, run } from "../shell.ts";
import { makeBareVrf, Probe } from "./probe.ts";

await must(["denovrf", "install"]);

async function doctor(...behind: string[]) {
  const { code, stdout, stderr } = await run([
    ...behind,
    ...["denovrf", "doctor", "--json"],
  ]);
  assertEquals(stderr, "");
  const findings: Finding[] = JSON.parse(stdout);
  return { code, problems: findings.filter(({ level }) => level !== "ok") };
}

const UNITS = "/etc/systemd/system";

const PINS = "/sys/fs/bpf/denovrf/vrfred";

const DROP_IN = `${UNITS}/probe.service.d/50-denovrf.conf`;

/** A fault: how to plant it, what doctor finds and advises, and how to take it out. */
type Fault = [
  plant: string,
  levelAndCheck: string,
  message: RegExp,
  remedy: string,
  takeOut: string,
];

/** With a unit that runs, bound to vrfred. */
const FAULTS: Record<string, Fault> = {
  "a unit of denovrf is missing": [
    `rm ${UNITS}/denovrf-attach@.service`,
    "problem units",
    /attach@.service" is missing/,
    "Install them: denovrf install",
    "denovrf install",
  ],
  "a unit of denovrf was changed": [
    `echo '# x' >> ${UNITS}/denovrf@.service`,
    "problem units",
    /denovrf@.service" is missing, modified/,
    "Install them: denovrf install",
    "denovrf install",
  ],
  "the udev rule is missing": [
    "rm /etc/udev/rules.d/99-denovrf.rules",
    "problem units",
    /99-denovrf.rules" is missing/,
    "Install them: denovrf install",
    "denovrf install",
  ],
  "nothing is installed": [
    "denovrf uninstall",
    "problem units",
    /Not installed/,
    "Install them: denovrf install",
    "denovrf install",
  ],
  "the executable is not where the units point": [
    `sed -i s,/usr/local/bin/denovrf,/opt/denovrf, ${UNITS}/denovrf*.service`,
    "problem units",
    /The units run "\/opt\/denovrf", but it does not exist/,
    "Install them: denovrf install",
    "denovrf install",
  ],
  "the executable can be changed by others": [
    `cp /bin/true /run/x; chmod 777 /run/x
sed -i s,/usr/local/bin/denovrf,/run/x, ${UNITS}/denovrf*.service`,
    "problem units",
    /users other than root can modify it/,
    "Install them: denovrf install",
    "denovrf install; rm /run/x",
  ],
  "a binding is stale": [
    `mv /etc/udev/rules.d/99-denovrf.rules /run; udevadm control --reload
ip link delete vrfred; ip link add vrfred up type vrf table 10; udevadm settle`,
    "problem bindings",
    /"vrfred" has a stale binding/,
    "Start it again: denovrf start vrfred",
    "mv /run/99-denovrf.rules /etc/udev/rules.d; udevadm control --reload; systemctl restart denovrf@vrfred",
  ],
  "a VRF is gone": [
    "ip link delete vrfred",
    "warning bindings",
    /Units are waiting for "vrfred"/,
    "Create it: ip link add vrfred type vrf table TABLE",
    "ip link add vrfred up type vrf table 10",
  ],
  "a binding is nobody's": [
    `ip link add vrfblue type vrf table 20; denovrf start -q vrfblue
ip link delete vrfblue`,
    "warning bindings",
    /"vrfblue" is bound, but the interface does not exist/,
    "If it is gone for good: denovrf stop --purge vrfblue",
    "denovrf stop --purge vrfblue",
  ],
  "a binding is stopped under its units": [
    "denovrf stop vrfred",
    "problem bindings",
    /Units are bound to "vrfred", but its binding is not started/,
    "Start it: systemctl restart denovrf@vrfred.service",
    "denovrf start -q vrfred",
  ],
  "a binding is purged under its units": [
    "denovrf stop --purge vrfred",
    "problem bindings",
    /"probe.service" is bound to a purged binding/,
    "systemctl restart probe.service",
    "systemctl restart denovrf@vrfred",
  ],
  "a unit runs outside": [
    `mv ${DROP_IN} /run/x; systemctl daemon-reload; systemctl restart probe`,
    "problem bindings",
    /"probe.service" should be in "vrfred", but runs outside/,
    "Start it again: systemctl restart probe.service",
    `mv /run/x ${DROP_IN}; systemctl daemon-reload; systemctl restart probe`,
  ],
  "a drop-in is gone": [
    `mv ${DROP_IN} /run/x`,
    "problem bound units",
    /"probe.service" is started with "vrfred", but its drop-in is gone/,
    "Bind it: denovrf bind probe.service vrfred; or take it out: denovrf unbind probe.service",
    `mv /run/x ${DROP_IN}`,
  ],
  "a drop-in was changed": [
    `sed -i /AssertPathExists/d ${DROP_IN}`,
    "problem bound units",
    /differs from what denovrf bind writes/,
    "Rewrite it: denovrf bind probe.service vrfred",
    "denovrf bind probe vrfred",
  ],
  "a later drop-in takes the binding out": [
    `printf '[Service]\\n# x\\n BPFProgram = \\n' > ${UNITS}/probe.service.d/60-x.conf
systemctl daemon-reload`,
    "problem bound units",
    /Line 3 of ".*60-x.conf" takes "probe.service" out of "vrfred"/,
    "Remove the line, and run: systemctl daemon-reload",
    `rm ${UNITS}/probe.service.d/60-x.conf; systemctl daemon-reload`,
  ],
  "a VRF was renamed": [
    // While it follows, the file is empty that has the last ifindex.
    `ip link set vrfred down; ip link set vrfred name vrf-red-0123456
udevadm settle; until [ -z "$(systemctl list-jobs --no-legend)" ]; do :; done`,
    "warning bindings",
    /"vrfred" does not exist, and was renamed to "vrf-red-0123456"/,
    "Rename it: ip link set vrf-red-0123456 name vrfred; or bind its units to vrf-red-0123456",
    "ip link set vrf-red-0123456 name vrfred; ip link set vrfred up",
  ],
  "a drop-in's unit is gone": [
    "mv /run/systemd/system/probe.service /run/x; systemctl daemon-reload; systemctl stop probe",
    "problem bound units",
    /"probe.service" is bound to "vrfred", and is (not-found|bad-setting)/,
    "Take the drop-in out: denovrf unbind probe.service",
    "mv /run/x /run/systemd/system/probe.service; systemctl daemon-reload; systemctl start probe",
  ],
  "an instance is disabled": [
    "systemctl disable -q denovrf@vrfred",
    "problem bound units",
    /"denovrf@vrfred.service".* is not enabled/,
    "Enable it: systemctl enable denovrf@vrfred.service",
    "systemctl enable -q denovrf@vrfred",
  ],
  "an instance has failed": [
    `mkdir ${UNITS}/denovrf@.service.d
printf '[Service]\\nExecStart=\\nExecStart=/bin/false\\n' > ${UNITS}/denovrf@.service.d/x.conf
systemctl daemon-reload; systemctl restart denovrf@vrfred || true`,
    "problem bound units",
    /"denovrf@vrfred.service".* has failed/,
    "See why: journalctl -u denovrf@vrfred.service",
    `rm -r ${UNITS}/denovrf@.service.d; systemctl daemon-reload; systemctl restart denovrf@vrfred`,
  ],
  "sockets of every VRF are open to all": [
    "echo 1 > /proc/sys/net/ipv4/tcp_l3mdev_accept",
    "warning sysctl",
    /net.ipv4.tcp_l3mdev_accept is 1/,
    "If nothing depends on it: sysctl -w net.ipv4.tcp_l3mdev_accept=0",
    "echo 0 > /proc/sys/net/ipv4/tcp_l3mdev_accept",
  ],
  "bpffs is not mounted": [
    "umount --lazy /sys/fs/bpf",
    "problem bpffs",
    /no bpffs is mounted/,
    "Mount it: mount -t bpf bpf /sys/fs/bpf -o mode=0700",
    "mount -t bpf bpf /sys/fs/bpf -o mode=0700; systemctl restart denovrf@vrfred",
  ],
  "libbpf cannot be used": [
    "mount --bind /bin/true $(ls /usr/lib/*/libbpf.so.1)",
    "problem libbpf",
    /Cannot open libbpf/,
    "Install libbpf 1.x: package libbpf1 on Debian and Ubuntu, libbpf on Fedora and Arch",
    "umount $(ls /usr/lib/*/libbpf.so.1)",
  ],
  "iproute2 cannot be used": [
    "mount --bind /bin/true $(readlink -f $(which ip))",
    "problem iproute2",
    /which is not what iproute2 prints/,
    "See what `ip -json -details link show` prints",
    "umount $(readlink -f $(which ip))",
  ],
  "a start was interrupted": [
    `mkdir ${PINS}/sock_create:new`,
    "warning pins",
    /"[^"]*sock_create:new" was left/,
    `Remove it: rm ${PINS}/sock_create:new`,
    `rmdir ${PINS}/sock_create:new`,
  ],
  "a locked unit lost its last drop-in": [
    `denovrf bind --lock probe vrfred
rm /etc/systemd/system/probe.service.d/zz-denovrf-lock.conf`,
    "problem bound units",
    /zz-denovrf-lock.conf" differs from what/,
    "Rewrite it: denovrf bind --lock probe.service vrfred",
    "denovrf bind probe vrfred",
  ],
  "a unit does not ask its VRF's name servers": [
    "mkdir -p /etc/denovrf/vrfred; touch /etc/denovrf/vrfred/resolv.conf",
    "warning bound units",
    /"probe.service" uses the host's/,
    "Bind it again: denovrf bind probe.service vrfred",
    "rm -r /etc/denovrf",
  ],
  "a unit's resolv.conf is gone": [
    `touch /run/own.conf
denovrf bind --resolv-conf /run/own.conf probe vrfred; rm /run/own.conf`,
    "problem bound units",
    /"\/run\/own.conf" .* does not exist/,
    "Create it, or bind the unit to another: denovrf bind --resolv-conf /run/own.conf probe.service vrfred",
    "denovrf bind probe vrfred",
  ],
  "udev does not run": [
    "systemctl stop -q systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udevd; rm -f /run/udev/control",
    "problem udev",
    /Not running/,
    "Start it: systemctl start systemd-udevd",
    "systemctl start systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udevd",
  ],
  "a VRF has no catch-all for a family": [
    "ip -6 route delete unreachable default metric 4278198272 vrf vrfred",
    "warning routes",
    /"vrfred" has no default route for IPv6/,
    "To have the kernel refuse it: ip -6 route add unreachable default metric 4278198272 vrf vrfred; for networkd: denovrf help install",
    "ip -6 route add unreachable default metric 4278198272 vrf vrfred",
  ],
  "a route was leaked since the start": [
    `ip link add out0 up type dummy
ip route add 198.51.100.0/24 dev out0 vrf vrfred`,
    "warning routes",
    /routes of "vrfred" to devices outside of it have changed/,
    "Let its packets use them: denovrf start vrfred",
    "ip link delete out0",
  ],
  "a unit has sent to a group without naming a device": [
    `ip link add out0 up type dummy; ip address add 192.0.2.9/24 dev out0
ip route add 224.0.0.0/4 dev out0
systemd-run -Pq -p BPFProgram=sock_create:${PINS}/sock_create -p Requires=denovrf-attach@talker.service -p After=denovrf-attach@talker.service --unit=talker /usr/bin/python3 -c '
import socket
try: socket.socket(2, 2).sendto(b"x", ("224.0.0.251", 5353))
except PermissionError: pass'`,
    "warning bindings",
    /sent to 224.0.0.251:5353 without naming a device of its VRF .*"out0" is outside of "vrfred"/,
    "Have it name a port of the VRF: denovrf help multicast",
    `ip link delete out0
denovrf stop --purge vrfred; systemctl restart denovrf@vrfred; systemctl restart probe`,
  ],
};

Deno.test("doctor has nothing to say of a machine that is in order", async () => {
  const { code, problems } = await doctor();
  assertEquals([code, problems], [0, []]);
});

Deno.test("doctor tells an ordinary user what it could not see", async () => {
  const { problems } = await doctor(
    ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
    ...["env", "HOME=/tmp"],
  );
  assert(problems.length > 0);
  assertEquals([...new Set(problems.map(({ level }) => level))], ["unseen"]);
});

Deno.test("doctor finds each planted fault, and says how to mend it", async (t) => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  await mustSh(`for family in -4 -6; do
  ip $family route add unreachable default metric 4278198272 vrf vrfred
done`);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--now", "probe", "vrfred"]);
  assertEquals(await doctor(), { code: 0, problems: [] });
  for (
    const [fault, [plant, levelAndCheck, message, remedy, takeOut]] of Object
      .entries(FAULTS)
  ) {
    await t.step(fault, async () => {
      await mustSh(plant);
      try {
        const { code, problems } = await doctor();
        const found = problems.filter((each) =>
          `${each.level} ${each.check}` === levelAndCheck &&
          message.test(each.message)
        );
        assertEquals(
          [...new Set(found.map(({ remedy }) => remedy))],
          [remedy],
          JSON.stringify(problems, null, 1),
        );
        const isProblem = problems.some(({ level }) => level === "problem");
        assertEquals(code, isProblem ? 1 : 0);
        if (levelAndCheck.startsWith("problem")) assertEquals(code, 1);
      } finally {
        await mustSh(takeOut);
      }
    });
  }
  await must(["denovrf", "unbind", "probe"]);
});
