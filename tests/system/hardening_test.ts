/** The units of denovrf in the sandbox that they have. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { must, mustSh } from "../shell.ts";
import { until } from "./guest.ts";
import { assertNeverOutside, makeBareVrf, Probe, remakeVrf } from "./probe.ts";

await must(["denovrf", "install"]);

const UNITS = "/etc/systemd/system";

/** The units that units/README.md tells the exposure of, and the highest it says. */
const exposures = [
  ...(await Deno.readTextFile("units/README.md"))
    .matchAll(/^\| `(denovrf\S*)` +\| +[\d.]+ +\| +([\d.]+) +\|/gm),
].map(([, unit = "", exposure = ""]) => ({ unit, exposure }));

/** What systemd-analyze makes of a unit. */
async function exposureOf(unit: string): Promise<number> {
  const said = await must([
    ...["systemd-analyze", "security", "--no-pager", `${unit}.service`],
  ]);
  return Number(/Overall exposure level for .*: ([\d.]+)/.exec(said)?.[1]);
}

Deno.test("the units are no more exposed than units/README.md says", async () => {
  assert(exposures.length > 0);
  for (const { unit, exposure } of exposures) {
    const text = await Deno.readTextFile(`${UNITS}/${unit}.service`);
    assertStringIncludes(text, `${exposure}, `);
    const actual = await exposureOf(unit.replace("@", "@x"));
    assert(actual <= Number(exposure), `${unit}: ${actual}`);
  }
});

/** What denovrf has no use for, in Python, and what it has. */
const REFUSED: Record<string, string> = {
  "a file of the host": 'open("/etc/denovrf-was-here", "w")',
  "a kernel tunable": 'open("/proc/sys/vm/overcommit_memory", "w")',
  "a device's attribute": 'open("/sys/class/net/lo/mtu", "w")',
  "the kernel's own attributes": 'open("/sys/kernel/rcu_expedited", "w")',
  "a cgroup": 'os.mkdir("/sys/fs/cgroup/denovrf-was-here")',
  "a disk": 'open("/dev/vda", "rb")',
  "the kernel's log": 'open("/dev/kmsg", "rb")',
  "an IP socket": "socket.socket()",
  "a packet socket": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
  "another user": "os.setuid(65534)",
  "another's file": 'os.chown("/run/denovrf", 1, 1)',
  "a mount": 'mount("none", "/run/denovrf")',
};

const LET_THROUGH: Record<string, string> = {
  "the kernel's types": 'open("/sys/kernel/btf/vmlinux", "rb").read(4)',
  "a pin's directory":
    'os.mkdir("/sys/fs/bpf/x"); os.rename("/sys/fs/bpf/x", "/sys/fs/bpf/y"); os.rmdir("/sys/fs/bpf/y")',
  "a netlink socket": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
};

const TRY = `
import ctypes, json, os, socket
def mount(what, where):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(what.encode(), where.encode(), b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), "mount")
refused = []
for what, act in json.load(open("/run/denovrf/acts")).items():
    try: exec(act)
    except OSError: refused.append(what)
json.dump(refused, open("/run/denovrf/refused", "w"))
`;

Deno.test("denovrf@ has what it needs, and little else", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const dropIns = `/run/systemd/system/denovrf@vrfred.service.d`;
  await mustSh(`mkdir -p /run/denovrf ${dropIns}`);
  await Deno.writeTextFile("/run/denovrf/try.py", TRY);
  await Deno.writeTextFile(
    "/run/denovrf/acts",
    JSON.stringify({ ...REFUSED, ...LET_THROUGH }),
  );
  await Deno.writeTextFile(
    `${dropIns}/try.conf`,
    "[Service]\nExecStart=/usr/bin/python3 /run/denovrf/try.py\n",
  );
  try {
    await mustSh("systemctl daemon-reload; systemctl restart denovrf@vrfred");
    const refused = await Deno.readTextFile("/run/denovrf/refused");
    assertEquals(JSON.parse(refused), Object.keys(REFUSED));
  } finally {
    await must(["rm", "-r", dropIns]);
    await mustSh("systemctl stop denovrf@vrfred; systemctl daemon-reload");
  }
});

Deno.test("bind --lock lets a unit start, and come back with its VRF", async () => {
  await using _vrf = await makeBareVrf("vrfred", 10);
  const probe = new Probe("probe");
  await using _unit = await probe.unit();
  await must(["denovrf", "bind", "--now", "--lock", "probe", "vrfred"]);
  await probe.untilOn("vrfred");
  await remakeVrf("vrfred", 10);
  await until(
    "it has started again",
    async () => (await probe.pids()).length > 1,
  );
  await probe.untilOn("vrfred");
  await assertNeverOutside(probe);
  await must(["denovrf", "unbind", "--now", "probe"]);
});
