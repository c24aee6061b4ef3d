import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type DropIn,
  dropInText,
  dropInTexts,
  lockDropInText,
  parseDropIn,
} from "../../src/bound_units/drop_in.ts";
import { MODES, OPEN_MODE, PLAIN_MODE } from "../../src/programs/modes.ts";

const RED: DropIn = {
  ifname: "vrf-red",
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
# denovrf: {"ifname":"vrf-red","follow":false,"enabled":true,"loopback":false,"lock":false,"resolvConf":null}
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

Deno.test("parseDropIn() reads a template's specifier, and a socket unit's service", () => {
  const each = { ...RED, ifname: "%i", resolvConf: "/etc/%i/resolv.conf" };
  assertEquals(parseDropIn(dropInText(each, "Service")), each);
  const socket = { ...RED, boundWith: "a-b@.service", withoutSockets: true };
  assertEquals(parseDropIn(dropInText(socket, "Socket")), socket);
});

/** Everything that a statement can say. */
const STATEMENT = {
  ifname: "red",
  follow: false,
  enabled: true,
  loopback: false,
  lock: false,
  resolvConf: "/etc/r.conf",
  withoutSockets: true,
  boundWith: "a.service",
};

/** Reads a drop-in that says so. */
function parseStatement(json: string): DropIn | undefined {
  return parseDropIn(`# denovrf: ${json}\n[Unit]\n`);
}

Deno.test("parseDropIn() believes no value that bind does not write", () => {
  assertEquals(parseStatement(JSON.stringify(STATEMENT))?.ifname, "red");
  const wrong: Record<string, unknown[]> = {
    ifname: ["", "a/b", "../x", "a b", "a\nb", "x".repeat(16), 1, null, ["r"]],
    follow: [1, "true", null, 0],
    enabled: ["yes", 1, null],
    loopback: ["no", {}, null],
    lock: [1, []],
    resolvConf: ["r.conf", "/a b", "/a:/etc/shadow", "/%i", "/a\n[Service]", 1],
    withoutSockets: [false, "true"],
    boundWith: ["", "a", "a.conf", "../a.service", "a b.service", 1, null],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const json = JSON.stringify({ ...STATEMENT, [name]: value });
      assertEquals([json, parseStatement(json)], [json, undefined]);
    }
  }
});

Deno.test("parseDropIn() reads no mode that does not exist", () => {
  const read = (open: string, loopback: boolean, lock: boolean) =>
    parseStatement(
      JSON.stringify({ ...STATEMENT, loopback, lock })
        .replace('"loopback"', `"open":${open},"loopback"`),
    )?.mode;
  assertEquals(read("true", false, false), OPEN_MODE);
  assertEquals(read("false", false, false), undefined);
  assertEquals(read("1", false, false), undefined);
  assertEquals(read("true", true, false), undefined);
  assertEquals(read("true", false, true), undefined);
});

Deno.test("parseDropIn() takes no unit from a drop-in that would be disabled", () => {
  const json = JSON.stringify({ ...STATEMENT, instance: "ssh.service" });
  assertEquals(parseStatement(json), undefined);
});

Deno.test("parseDropIn() reads nothing else", () => {
  for (
    const json of [
      "",
      "{",
      "[]",
      "null",
      "1",
      '"red"',
      '{"ifname":"red"}',
      JSON.stringify(STATEMENT, null, 1).replaceAll("\n", ""),
      `${JSON.stringify(STATEMENT)} `,
      JSON.stringify(STATEMENT).replace("{", '{"ifname":"blue",'),
    ]
  ) {
    assertEquals([json, parseStatement(json)], [json, undefined]);
  }
  assertEquals(parseDropIn(""), undefined);
  assertEquals(
    parseDropIn("[Service]\nBPFProgram=sock_create:/p\n"),
    undefined,
  );
});
