/** Help texts, from the command table. */

import {
  type Command,
  HELP,
  type Operand,
  type Option,
  shown,
} from "./command.ts";
import { type CommandName, commandNamed, COMMANDS } from "./commands.ts";
import { TOPICS } from "../manual/topics.ts";

/** The usage line of denovrf. */
export const USAGE = "denovrf COMMAND [OPTION…] [ARGUMENT…]";

/** The usage line of a command. */
export function usageOf(command: Command): string {
  const words = ["denovrf", command.name];
  if (shown(command.options).length > 0) words.push("[OPTION…]");
  return `Usage: ${[...words, ...operandWords(command)].join(" ")}`;
}

/** What `denovrf COMMAND --help` prints. */
export function helpOf(command: Command): string {
  const options = [...shown(command.options), HELP];
  return [
    usageOf(command),
    "",
    command.summary,
    "",
    "Options:",
    ...columns(options.map((option) => [formOf(option), option.summary])),
    ...(command.examples ?? []).flatMap(([line, says]) => [
      "",
      `${says}:`,
      `  ${line}`,
    ]),
  ].join("\n");
}

/** The commands that a person calls, by what they are for. */
export const GROUPS: Readonly<Record<string, readonly CommandName[]>> = {
  "Put into a VRF": ["bind", "unbind", "run", "exec"],
  "Look": ["list", "verify", "doctor", "identify", "pids"],
  "Set up": ["start", "stop", "install", "uninstall"],
  "Help": ["help", "completion"],
};

/** The topics of the manual, in lines of six. */
function topicLines(): string[] {
  const names = Object.keys(TOPICS);
  return [names.slice(0, 6), names.slice(6)]
    .map((line) => `  ${line.join(" ")}`);
}

/** What `denovrf help` prints. */
export function help(): string {
  const width = Math.max(...shown(COMMANDS).map(({ name }) => name.length));
  return [
    `Usage: ${USAGE}`,
    "",
    "Runs services and commands in a Linux VRF, under systemd",
    ...Object.entries(GROUPS).flatMap(([title, names]) => [
      "",
      `${title}:`,
      ...names.map((name) =>
        `  ${name.padEnd(width)}  ${commandNamed(name).summary}`
      ),
    ]),
    "",
    "Options:",
    ...columns([
      [formOf(HELP), HELP.summary],
      [
        "    --version",
        "show the version; with --verbose, also its packages",
      ],
    ]),
    "",
    "Have sshd in the VRF mgmt, from now on:",
    "  denovrf bind --now ssh mgmt",
    "",
    "Topics of the manual, for denovrf help TOPIC:",
    ...topicLines(),
  ].join("\n");
}

/** What a command takes, as its usage line says it. */
function operandWords(
  { operands, options, endsWithCommand, passesOptionsTo }: Command,
): string[] {
  const words = operands.map(wordOf);
  if (endsWithCommand) words.splice(-1, 0, "[--]");
  if (passesOptionsTo !== undefined) {
    words.splice(-2, 0, "[SYSTEMD-RUN OPTION…]");
  }
  const instead = options.filter(({ name }) =>
    operands.some(({ unless }) => unless === name)
  );
  return [...words, ...instead.map(({ name }) => `| --${name}`)];
}

function wordOf({ name, isOptional, isRepeated }: Operand): string {
  const word = isRepeated ? `${name}…` : name;
  return isOptional ? `[${word}]` : word;
}

function formOf({ name, alias, value }: Option): string {
  const short = alias === undefined ? "    " : `-${alias}, `;
  return `${short}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
