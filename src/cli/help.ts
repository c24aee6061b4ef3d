/** Help texts, from the command table. Pure. */

import {
  type Command,
  HELP,
  type Operand,
  type Option,
  shown,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** The usage line of denovrf. */
export const USAGE = "denovrf COMMAND [OPTION…] [ARGUMENT…]";

/** The usage line of a command. */
export function usageOf(command: Command): string {
  const words = ["denovrf", command.name];
  if (shown(command.options).length > 0) words.push("[OPTION…]");
  return `Usage: ${[...words, ...operandWords(command)].join(" ")}`;
}

/** What `denovrf help COMMAND` prints. */
export function helpOf(command: Command): string {
  const options = [...shown(command.options), HELP];
  return [
    usageOf(command),
    "",
    command.summary,
    "",
    "Options:",
    ...columns(options.map((option) => [formOf(option), option.summary])),
  ].join("\n");
}

/** What `denovrf help` prints. */
export function help(): string {
  return [
    `Usage: ${USAGE}`,
    "",
    "Puts programs that know nothing of VRFs into a Linux VRF, under systemd",
    "",
    "Commands:",
    ...columns(
      shown(COMMANDS).map((command) => [
        [command.name, ...operandWords(command)].join(" "),
        command.summary,
      ]),
    ),
    "",
    "Options:",
    ...columns([
      [formOf(HELP), HELP.summary],
      ["    --version", "show the version, and which form of denovrf this is"],
    ]),
  ].join("\n");
}

/** What a command takes, as its usage line says it. */
function operandWords({ operands, options, launches }: Command): string[] {
  const words = operands.map(wordOf);
  if (launches !== undefined) words.splice(-1, 0, "[--]");
  if (launches === "by systemd-run") {
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
