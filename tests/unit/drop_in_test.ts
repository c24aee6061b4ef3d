import { assertEquals } from "@std/assert";
import {
  type DropIn,
  dropInText,
  lockDropInText,
  parseDropIn,
} from "../../src/bound_units/drop_in.ts";
import { resolvConfSettings } from "../../src/bound_units/name_servers.ts";
import { bpfProgramSettings } from "../../src/bound_units/settings.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";

const RED: DropIn = {
  ifname: "vrf-red",
  instance: "denovrf@vrf\\x2dred.service",
  follow: false,
  enabledInstance: true,
  mode: PLAIN_MODE,
  nameServers: [],
};

const MODES = [false, true].flatMap((loopback) =>
  [false, true].map((lock) => ({ loopback, lock }))
);

/** Whatever these are, they are written as they stand. */
const SETTINGS = ["BPFProgram=sock_create:/p"];

Deno.test("a service's drop-in makes it start bound or not at all", () => {
  assertEquals(
    dropInText(RED, "Service", [
      "BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrf-red/sock_create",
    ]),
    String.raw`# Written by denovrf bind, for interface vrf-red
# The instance is enabled for this.
[Unit]
Requires=denovrf@vrf\x2dred.service
After=denovrf@vrf\x2dred.service
AssertPathExists=/sys/fs/bpf/denovrf/vrf-red/sock_create

[Service]
BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrf-red/sock_create
ExecCondition=+/usr/bin/env -i SYSTEMD_IGNORE_CHROOT=1 /bin/sh -c '/usr/bin/systemctl start "denovrf-attach@$$0.service" || exit 255' %n
`,
  );
});

Deno.test("with follow, a unit is not restarted with its instance", () => {
  assertEquals(
    dropInText(
      { ...RED, follow: true, enabledInstance: false },
      "Socket",
      SETTINGS,
    ),
    String.raw`# Written by denovrf bind, for interface vrf-red
[Unit]
Wants=denovrf@vrf\x2dred.service
After=denovrf@vrf\x2dred.service
AssertPathExists=/p

[Socket]
BPFProgram=sock_create:/p
ExecStartPre=+/usr/bin/env -i SYSTEMD_IGNORE_CHROOT=1 /bin/sh -c '/usr/bin/systemctl start "denovrf-attach@$$0.service" || exit 255' %n
`,
  );
});

Deno.test("what runs no command of its own is attached to before its start", () => {
  assertEquals(
    dropInText({ ...RED, enabledInstance: false }, "Slice", SETTINGS),
    String.raw`# Written by denovrf bind, for interface vrf-red
[Unit]
Requires=denovrf@vrf\x2dred.service denovrf-attach@%n.service
After=denovrf@vrf\x2dred.service denovrf-attach@%n.service
AssertPathExists=/p

[Slice]
BPFProgram=sock_create:/p
`,
  );
});

Deno.test("with loopback, a unit waits for those programs too", () => {
  assertEquals(
    dropInText({ ...RED, mode: { loopback: true, lock: false } }, "Service", [
      "BPFProgram=sock_create:/p/loopback/sock_create",
      "BPFProgram=bind4:/p/loopback/bind4",
    ]),
    String.raw`# Written by denovrf bind, for interface vrf-red
# The instance is enabled for this.
[Unit]
Requires=denovrf@vrf\x2dred.service denovrf-loopback@vrf\x2dred.service
After=denovrf@vrf\x2dred.service denovrf-loopback@vrf\x2dred.service
AssertPathExists=/p/loopback/sock_create

[Service]
BPFProgram=sock_create:/p/loopback/sock_create
BPFProgram=bind4:/p/loopback/bind4
ExecCondition=+/usr/bin/env -i SYSTEMD_IGNORE_CHROOT=1 /bin/sh -c '/usr/bin/systemctl start "denovrf-attach@$$0.service" || exit 255' %n
`,
  );
});

Deno.test("a locked unit may not use some families, in the section that it has", () => {
  for (const section of ["Service", "Socket", "Mount", "Swap"] as const) {
    const [, ...lines] = lockDropInText(section)?.split("\n") ?? [];
    assertEquals(lines, [
      `[${section}]`,
      "RestrictAddressFamilies=~AF_PACKET AF_RDS AF_TIPC AF_XDP",
      "",
    ]);
  }
  assertEquals(lockDropInText("Slice"), undefined);
});

Deno.test("a percent sign in a path is no specifier", () => {
  const text = dropInText(
    RED,
    "Service",
    ["BPFProgram=sock_create:/sys/fs/bpf/denovrf/a%i/sock_create"],
  );
  assertEquals(text.match(/a%%i/g)?.length, 2);
});

Deno.test("parseDropIn() reads what dropInText() writes, and nothing else", () => {
  for (const follow of [false, true]) {
    for (const enabledInstance of [false, true]) {
      for (const mode of MODES) {
        const nameServers = follow ? resolvConfSettings("/etc/a.conf") : [];
        const dropIn = { ...RED, follow, enabledInstance, mode, nameServers };
        const settings = bpfProgramSettings(RED.ifname, mode);
        const text = dropInText(dropIn, "Service", settings);
        assertEquals(parseDropIn(text), dropIn);
      }
    }
  }
  const named = { ...RED, ifname: "lock", instance: "denovrf@lock.service" };
  const settings = bpfProgramSettings("lock", PLAIN_MODE);
  assertEquals(parseDropIn(dropInText(named, "Service", settings)), named);
  assertEquals(parseDropIn(""), undefined);
  assertEquals(
    parseDropIn("[Service]\nBPFProgram=sock_create:/p\n"),
    undefined,
  );
});
