import { assertEquals } from "@std/assert";
import {
  scopeOptions,
  serviceOptions,
  socketOptions,
  transientName,
} from "../../src/bound_units/transient.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
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
  settings: ["BPFProgram=sock_create:/sys/fs/bpf/denovrf/red/sock_create"],
  instance: "denovrf@red.service",
  attach: (unit: string) => ["attach", `to ${unit}\\x20"`],
};

const REQUIRED = [
  'Wants="denovrf@red.service"',
  'After="denovrf@red.service"',
  "AssertPathExists=/sys/fs/bpf/denovrf/red/sock_create",
  "BPFProgram=sock_create:/sys/fs/bpf/denovrf/red/sock_create",
];

Deno.test("serviceOptions(), socketOptions() and scopeOptions() have units attached to from outside", () => {
  const attached = (unit: string) => [
    ...REQUIRED,
    `Requires="denovrf-attach@${unit}.service"`,
    `After="denovrf-attach@${unit}.service"`,
  ];
  assertEquals(
    serviceOptions("a.service", BINDING),
    attached("a.service").map((property) => `--property=${property}`),
  );
  assertEquals(
    socketOptions("a.service", BINDING),
    attached("a.socket").map((property) => `--socket-property=${property}`),
  );
  assertEquals(
    scopeOptions("a.scope", BINDING),
    attached("a.scope").map((property) => `--property=${property}`),
  );
});

Deno.test("serviceOptions() and socketOptions() attach from inside if the units are not installed", () => {
  const binding = { ...BINDING, instance: undefined };
  const command = String
    .raw`/usr/bin/env -i SYSTEMD_IGNORE_CHROOT=1 /bin/sh -c '"$@" </dev/null || exit 255' sh "attach" "to a.service\\x20\""`;
  const [, , ...settings] = REQUIRED;
  assertEquals(serviceOptions("a.service", binding), [
    ...settings.map((property) => `--property=${property}`),
    `--property=ExecCondition=+${command}`,
  ]);
  assertEquals(
    socketOptions("a.service", binding).at(-1),
    `--socket-property=ExecStartPre=${
      command.replace("a.service", "a.socket")
    }`,
  );
});
