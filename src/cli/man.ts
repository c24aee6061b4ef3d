/** The manual page, from the command table. */

import config from "../../deno.json" with { type: "json" };
import { type Command, type Option, shown } from "./command.ts";
import { commandNamed, COMMANDS } from "./commands.ts";
import { GROUPS, USAGE, usageOf } from "./help.ts";
import { render, spansOf, type Style } from "./markdown.ts";
import { TOPICS } from "../manual/topics.ts";

/**
 * The page for section 8, in the macros of man(7).
 *
 * @param date When the sources were last changed, if that is known.
 */
export function manual(date?: Date): string {
  const day = date?.toISOString().slice(0, 10) ?? "";
  return [
    `.TH DENOVRF 8 "${day}" "denovrf ${config.version}"`,
    ".SH NAME",
    escape("denovrf - put systemd units and commands into a Linux VRF"),
    ".SH SYNOPSIS",
    escape(USAGE),
    ".SH DESCRIPTION",
    escape(
      "denovrf puts daemons that know nothing of VRFs into a Linux VRF, and leaves their units as they are. It pins eBPF programs that bind new sockets to the VRF; systemd attaches them (BPFProgram=). A socket that cannot be placed in its VRF is not created.",
    ),
    ".SH COMMANDS",
    withFonts("With `--help` or `-h`, each of them shows its help."),
    ...Object.values(GROUPS).flat().map(commandNamed).flatMap((command) =>
      commandLines(command, shown(command.options))
    ),
    ...Object.values(TOPICS).flatMap(topicLines),
    ".SH EXIT STATUS",
    ...definitions(EXIT_STATUS),
    ".SH ENVIRONMENT",
    ...definitions(ENVIRONMENT),
    ".SH FILES",
    ...definitions(FILES),
    ".SH INTERNAL COMMANDS",
    "What units and shells call, and the options that they give.",
    ...COMMANDS.flatMap(internalLines),
    ".SH SEE ALSO",
    ".BR systemd.resource-control (5),",
    ".BR systemd-run (1),",
    ".BR ip-vrf (8)",
    "",
  ].join("\n");
}

/** Terms and their descriptions. */
type Definitions = readonly (readonly [term: string, says: string])[];

const EXIT_STATUS: Definitions = [
  ["0", "Done."],
  ["1", "Failure; for verify and doctor also: a problem was found."],
  ["2", "Wrong usage."],
  [
    "126, 127",
    "For run and exec: the command could not be executed (126) or found (127). Otherwise exec exits with the command's status, and run with systemd-run's.",
  ],
];

const ENVIRONMENT: Definitions = [
  ["DENOVRF_LIBBPF", "Path of the libbpf to use instead of libbpf.so.1."],
];

const FILES: Definitions = [
  ["/sys/fs/bpf/denovrf/VRF/", "The pins of a VRF's binding."],
  [
    "/etc/systemd/system/UNIT.d/50-denovrf.conf",
    "Drop-in written by bind.",
  ],
  [
    "/etc/systemd/system/UNIT.d/zz-denovrf-lock.conf",
    "Second drop-in, written by bind --lock.",
  ],
  [
    "/etc/denovrf/VRF/resolv.conf",
    "Name servers for units of a VRF, read by bind and run.",
  ],
];

function definitions(of: Definitions): string[] {
  return of.flatMap(([term, says]) => [
    ".TP",
    `.I ${escape(term)}`,
    escape(says),
  ]);
}

/** A command that is hidden, or what another one has that is. */
function internalLines(command: Command): string[] {
  if (command.hidden) return commandLines(command, command.options);
  const options = command.options.filter(({ hidden }) => hidden);
  return options.length === 0 ? [] : commandLines(command, options);
}

function commandLines(
  command: Command,
  options: readonly Option[],
): string[] {
  return [
    `.SS ${escape(usageOf(command).replace("Usage: ", ""))}`,
    escape(`${command.summary}.`),
    ...options.flatMap(optionLines),
    ...(command.examples ?? []).flatMap(([line, says]) => [
      ".PP",
      escape(`${says}:`),
      ...codeLines([escape(line)]),
    ]),
  ];
}

function optionLines({ name, alias, value, summary }: Option): string[] {
  const names = [`--${name}`, ...alias === undefined ? [] : [`-${alias}`]];
  const suffix = value === undefined ? "" : ` ${value}`;
  return [".TP", `.B ${escape(names.join(", ") + suffix)}`, escape(summary)];
}

/** A topic of the manual, as a section. */
function topicLines(markdown: string): string[] {
  const lines = render(markdown, STYLE).flat();
  // A heading begins a paragraph by itself.
  return lines.filter((line, at) =>
    line !== ".PP" || !/^\.S[HS] /.test(lines[at - 1] ?? "")
  );
}

const STYLE: Style = {
  // What fits into a page of 80 columns.
  width: 67,
  heading: (text, level) =>
    level === 1
      ? [`.SH ${escape(text.toUpperCase())}`]
      : [`.SS ${escape(text)}`],
  paragraph: (text) => [".PP", withFonts(text)],
  item: (text) => [".IP \\(bu 2", withFonts(text)],
  code: (lines) => codeLines(lines.map(escape)),
  columns: (headings, rows) =>
    codeLines([`\\fB${escape(headings)}\\fR`, ...rows.map(escape)]),
  definition: (term, says) => [
    ".TP",
    withFonts(term || " "),
    ...says.flatMap((text, at) => [...at > 0 ? [".br"] : [], withFonts(text)]),
  ],
};

/** Lines that stay as they are. */
function codeLines(lines: readonly string[]): string[] {
  return [".PP", ".RS 4", ".EX", ...lines, ".EE", ".RE"];
}

/** Text with what stands out in bold letters. */
function withFonts(text: string): string {
  const words = spansOf(text).map(({ text, isBold }) =>
    isBold ? `\\fB${escapeInside(text)}\\fR` : escapeInside(text)
  ).join("");
  return atLineStart(words);
}

/** As text that troff takes for nothing else. */
function escape(text: string): string {
  return atLineStart(escapeInside(text));
}

function escapeInside(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replaceAll("…", "...");
}

function atLineStart(text: string): string {
  return text.replace(/^([.'])/, "\\&$1");
}
