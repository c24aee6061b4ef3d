/** Help texts, from the command table. Pure. */

import { type Command, HELP, type Option } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** The usage line of denovrf. */
export const USAGE = "denovrf COMMAND [OPTION…] [ARGUMENT…]";

/** The usage line of a command. */
export function usageOf({ name, usage, options }: Command): string {
  const words = ["denovrf", name];
  if (options.length > 0) words.push("[OPTION…]");
  if (usage !== "") words.push(usage);
  return `Usage: ${words.join(" ")}`;
}

/** What `denovrf help COMMAND` prints. */
export function helpOf(command: Command): string {
  const options = [...command.options, HELP];
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
      COMMANDS.map((
        { name, usage, summary },
      ) => [`${name} ${usage}`.trim(), summary]),
    ),
    "",
    "Options:",
    ...columns([
      [formOf(HELP), HELP.summary],
      ["    --version", "show the version, and which form of denovrf this is"],
    ]),
  ].join("\n");
}

function formOf({ name, alias, value }: Option): string {
  const short = alias === undefined ? "    " : `-${alias}, `;
  return `${short}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
