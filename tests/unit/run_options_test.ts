import { assertEquals, assertMatch } from "@std/assert";
import {
  bindingOptions,
  transientName,
} from "../../src/bound_units/transient.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { executablePath } from "../../src/install/executable.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";
import { takeRunOptions } from "../../src/systemd/run_options.ts";

Deno.test("takeRunOptions() reads options as getopt_long(3) does", () => {
  const cases: [word: string, next: string, words: number, options: unknown][] =
    [
      ["--scope", "x", 1, [{ name: "scope" }]],
      ["--unit", "x", 2, [{ name: "unit", value: "x" }]],
      ["--unit=x=y", "z", 1, [{ name: "unit", value: "x=y" }]],
      ["--unit=", "z", 1, [{ name: "unit", value: "" }]],
      ["--prop", "A=B", 2, [{ name: "property", value: "A=B" }]],
      ["--sc", "x", 1, [{ name: "scope" }]],
      ["--un", "x", 2, [{ name: "unit", value: "x" }]],
      ["--use", "x", 1, [{ name: "user" }]],
      ["--r", "x", 1, [{ name: "r" }]],
      ["--c", "x", 1, [{ name: "c" }]],
      ["--new-option", "x", 1, [{ name: "new-option" }]],
      ["-p", "A=B", 2, [{ name: "property", value: "A=B" }]],
      ["-pA=B", "x", 1, [{ name: "property", value: "A=B" }]],
      ["-tq", "x", 1, [{ name: "t" }, { name: "q" }]],
      ["-tu", "x", 2, [{ name: "t" }, { name: "unit", value: "x" }]],
      ["-tux", "y", 1, [{ name: "t" }, { name: "unit", value: "x" }]],
      ["-S", "x", 1, [{ name: "shell" }]],
    ];
  for (const [word, next, words, options] of cases) {
    assertEquals(takeRunOptions(word, next), { words, options }, word);
  }
});

Deno.test("no option of run is also systemd-run's", () => {
  const run = COMMANDS.find(({ name }) => name === "run");
  for (const { name } of run?.options ?? []) {
    assertEquals(
      takeRunOptions(`--${name}`, "x").options,
      [{ name }],
      "an option of systemd-run would be unreachable",
    );
  }
});

Deno.test("transientName() is the unit that systemd-run gives a command", () => {
  const cases: [given: string, type: "service" | "scope", name: string][] = [
    ["a", "service", "a.service"],
    ["a.service", "service", "a.service"],
    ["a.timer", "service", "a.service"],
    ["a.b", "service", "a.b.service"],
    ["a", "scope", "a.scope"],
    ["a.scope", "scope", "a.scope"],
  ];
  for (const [given, type, name] of cases) {
    assertEquals(transientName(given, type), name);
  }
});

const BINDING = {
  ...{ ifname: "red", mode: PLAIN_MODE, resolvConf: undefined },
  instance: "denovrf@red.service",
};

const BOUND = [
  "AssertPathExists=/sys/fs/bpf/denovrf/red/sock_create",
  "BPFProgram=sock_create:/sys/fs/bpf/denovrf/red/sock_create",
];

const UNIT = { name: "unit", value: "a\\x20b" };

Deno.test("bindingOptions() have units attached to from outside", () => {
  const attached = (unit: string) => [
    'Wants="denovrf@red.service"',
    `Requires="denovrf-attach@${unit}.service"`,
    `After="denovrf@red.service" "denovrf-attach@${unit}.service"`,
    ...BOUND,
  ];
  const service = attached(String.raw`a\\x20b.service`)
    .map((property) => `--property=${property}`);
  assertEquals(bindingOptions(BINDING, [UNIT]), service);
  const ofSocket = { name: "socket-property", value: "ListenStream=1" };
  assertEquals(bindingOptions(BINDING, [ofSocket, UNIT]), [
    ...service,
    ...attached(String.raw`a\\x20b.socket`)
      .map((property) => `--socket-property=${property}`),
  ]);
  assertEquals(
    bindingOptions(BINDING, [{ name: "scope" }, UNIT]),
    attached(String.raw`a\\x20b.scope`)
      .map((property) => `--property=${property}`),
  );
});

Deno.test("bindingOptions() attach from inside if the units are not installed", () => {
  const command = (unit: string) =>
    String
      .raw`/usr/bin/env -i SYSTEMD_IGNORE_CHROOT=1 /bin/sh -c '"$@" </dev/null || exit 255' sh "/usr/bin/systemd-run" "--quiet" "--collect" "--wait" "--" "${executablePath()}" "attach" "--" "a\\x20b.${unit}"`;
  const ofSocket = { name: "socket-property", value: "ListenStream=1" };
  const binding = { ...BINDING, instance: undefined };
  assertEquals(bindingOptions(binding, [UNIT, ofSocket]), [
    `--property=ExecCondition=+${command("service")}`,
    ...BOUND.map((property) => `--property=${property}`),
    `--socket-property=ExecStartPre=${command("socket")}`,
    ...BOUND.map((property) => `--socket-property=${property}`),
  ]);
});

Deno.test("bindingOptions() name a unit that nobody has named", () => {
  const [name] = bindingOptions(BINDING, []);
  assertMatch(name ?? "", /^--unit=denovrf-run-\d+-\w+\.service$/);
});
