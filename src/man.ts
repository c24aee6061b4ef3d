/** The manual page, from the command table. Pure. */

import { type Command, COMMANDS, HELP, type Option } from "./commands.ts";

/** The page for section 8, in the macros of man(7). */
export function manual(): string {
  return [
    `.TH DENOVRF 8 "" "denovrf"`,
    ".SH NAME",
    escape("denovrf - put systemd units and commands into a Linux VRF"),
    ".SH SYNOPSIS",
    ".B denovrf",
    escape("COMMAND [OPTION…] [ARGUMENT…]"),
    ".SH COMMANDS",
    ...COMMANDS.flatMap(commandLines),
    ".SH FILES",
    ...FILES.flatMap(([path, says]) => [
      ".TP",
      `.I ${escape(path)}`,
      escape(says),
    ]),
    ".SH EXIT STATUS",
    escape(
      "0 done, 1 failed, 2 wrong usage; of run and exec the command's, 126 where it cannot be run, 127 where it is not found.",
    ),
    ".SH SEE ALSO",
    ".BR systemd.resource-control (5),",
    ".BR systemd-run (1),",
    ".BR ip-vrf (8)",
    "",
  ].join("\n");
}

const FILES: readonly [path: string, says: string][] = [
  ["/sys/fs/bpf/denovrf/VRF/", "the pins of a VRF's binding"],
  ["UNIT.d/50-denovrf.conf", "the drop-in by which a unit is bound"],
  ["/etc/denovrf/VRF/resolv.conf", "the VRF's name servers, if it is there"],
];

function commandLines({ name, usage, summary, options }: Command): string[] {
  return [
    `.SS ${escape(`denovrf ${name} ${usage}`.trimEnd())}`,
    escape(`${summary}.`),
    ...[...options, HELP].flatMap(optionLines),
  ];
}

function optionLines({ name, alias, value, summary }: Option): string[] {
  const names = [`--${name}`, ...alias === undefined ? [] : [`-${alias}`]];
  const suffix = value === undefined ? "" : ` ${value}`;
  return [".TP", `.B ${escape(names.join(", ") + suffix)}`, escape(summary)];
}

/** As text that troff takes for nothing else. */
function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replaceAll("…", "...").replace(/^([.'])/, "\\&$1");
}
