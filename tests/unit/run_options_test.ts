import { assertEquals } from "@std/assert";
import {
  scopeOptions,
  serviceOptions,
  socketOptions,
  transientName,
} from "../../src/bound_units/transient.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { splitLaunch } from "../../src/cli/launch_arguments.ts";
import { takeRunOptions } from "../../src/systemd/run_options.ts";

const QUIET = { name: "quiet", alias: "q", summary: "" };

const FILE = { name: "resolv-conf", value: "FILE", summary: "" };

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

Deno.test("splitLaunch() tells whose a word is", () => {
  const cases: Record<
    string,
    [own: string, foreign: string, operands: string]
  > = {
    "red cmd": ["", "", "red cmd"],
    "red cmd -q --scope": ["", "", "red cmd -q --scope"],
    "-q red cmd": ["-q", "", "red cmd"],
    "red -q cmd": ["-q", "", "red cmd"],
    "red -- -q": ["", "", "red -q"],
    "-- red cmd": ["", "", "red cmd"],
    "--scope red --resolv-conf f -u n cmd -u": [
      "--resolv-conf f",
      "--scope -u n",
      "red cmd -u",
    ],
    "-u red blue cmd": ["", "-u red", "blue cmd"],
    "red --resolv-conf=f -tp A=B --quiet -- cmd -- x": [
      "--resolv-conf=f --quiet",
      "-tp A=B",
      "red cmd -- x",
    ],
    "red --unit": ["", "--unit", "red"],
    "red - x": ["", "", "red - x"],
    "": ["", "", ""],
  };
  for (const [line, [own, foreign, operands]] of Object.entries(cases)) {
    const args = line === "" ? [] : line.split(" ");
    const split = splitLaunch(args, [QUIET, FILE], takeRunOptions);
    assertEquals(
      [split.own, split.foreign.words, split.operands].map((words) =>
        words.join(" ")
      ),
      [own, foreign, operands],
      line,
    );
  }
});

Deno.test("splitLaunch() takes every option for ours where nobody else has any", () => {
  const { own, operands } = splitLaunch(
    ["-x", "red", "--what=1", "cmd", "-y"],
    [QUIET],
  );
  assertEquals([own, operands], [["-x", "--what=1"], ["red", "cmd", "-y"]]);
});

Deno.test("no option of run is also systemd-run's", () => {
  const run = COMMANDS.find(({ name }) => name === "run");
  for (const { name } of run?.options ?? []) {
    assertEquals(
      takeRunOptions(`--${name}`, "x").options,
      [{ name }],
      "an option of systemd-run would be out of reach",
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
