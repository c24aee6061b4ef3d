import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type DropIn,
  dropInText,
  dropInTexts,
  lockDropInText,
  parseDropIn,
} from "../../src/bound_units/drop_in.ts";
import { MODES, PLAIN_MODE } from "../../src/programs/modes.ts";

const RED: DropIn = {
  ifname: "vrf-red",
  instance: "denovrf@vrf\\x2dred.service",
  follow: false,
  enabledInstance: true,
  mode: PLAIN_MODE,
  resolvConf: undefined,
  withoutSockets: false,
  boundWith: undefined,
};

Deno.test("dropInText() makes a service start bound or not at all", () => {
  assertEquals(
    dropInText(RED, "Service"),
    String.raw`# Written by denovrf bind, removed by denovrf unbind
# denovrf: {"ifname":"vrf-red","instance":"denovrf@vrf\\x2dred.service","follow":false,"enabled":true,"loopback":false,"lock":false,"resolvConf":null}
[Unit]
Requires=denovrf@vrf\x2dred.service denovrf-attach@%n.service
After=denovrf@vrf\x2dred.service denovrf-attach@%n.service
AssertPathExists=/sys/fs/bpf/denovrf/vrf-red/sock_create

[Service]
BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrf-red/sock_create
`,
  );
});

Deno.test("dropInText() with follow does not have a unit restarted with its instance", () => {
  assertStringIncludes(
    dropInText({ ...RED, follow: true }, "Slice"),
    String.raw`[Unit]
Wants=denovrf@vrf\x2dred.service
Requires=denovrf-attach@%n.service
After=denovrf@vrf\x2dred.service denovrf-attach@%n.service
AssertPathExists=/sys/fs/bpf/denovrf/vrf-red/sock_create

[Slice]
BPFProgram=sock_create:/sys/fs/bpf/denovrf/vrf-red/sock_create
`,
  );
});

Deno.test("dropInText() waits for the program that binds sockets in its mode", () => {
  for (const { mode, pin } of MODES) {
    const text = dropInText({ ...RED, mode }, "Service");
    const path = `/sys/fs/bpf/denovrf/vrf-red/${pin}`;
    assertStringIncludes(text, `\nAssertPathExists=${path}\n`);
    assertStringIncludes(text, `\nBPFProgram=sock_create:${path}\n`);
  }
});

Deno.test("dropInTexts() has a second drop-in for what is locked alone", () => {
  for (const { mode } of MODES) {
    const texts = Object.values(dropInTexts({ ...RED, mode }, "Service"));
    assertEquals(
      texts.map((text) => text !== undefined),
      [true, mode.lock],
    );
  }
});

Deno.test("lockDropInText() takes families from a unit, in the section that it has", () => {
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

Deno.test("dropInText() doubles a percent sign, which is no specifier", () => {
  const text = dropInText({ ...RED, ifname: "a%i" }, "Service");
  assertEquals(text.match(/\/a%%i\//g)?.length, 2);
});

Deno.test("parseDropIn() reads what dropInText() writes", () => {
  for (const follow of [false, true]) {
    for (const enabledInstance of [false, true]) {
      for (const { mode } of MODES) {
        const resolvConf = follow ? "/etc/a.conf" : undefined;
        const dropIn = { ...RED, follow, enabledInstance, mode, resolvConf };
        assertEquals(parseDropIn(dropInText(dropIn, "Service")), dropIn);
      }
    }
  }
  for (const ifname of ["lock", 'a"b', "a%i", "{}", "vrf.red"]) {
    const named = { ...RED, ifname };
    assertEquals(parseDropIn(dropInText(named, "Service")), named);
  }
});

Deno.test("parseDropIn() reads nothing else", () => {
  for (
    const statement of [
      "",
      "{",
      "[]",
      "null",
      "1",
      '{"ifname":"red"}',
      '{"ifname":1,"instance":"denovrf@1.service"}',
      '{"ifname":"red","instance":"denovrf@red.service","resolvConf":1}',
    ]
  ) {
    assertEquals(parseDropIn(`# denovrf: ${statement}\n[Unit]\n`), undefined);
  }
  assertEquals(parseDropIn(""), undefined);
  assertEquals(
    parseDropIn("[Service]\nBPFProgram=sock_create:/p\n"),
    undefined,
  );
});
