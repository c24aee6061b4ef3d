/** What a word of a command line could become, and how shells ask. */

import { type Command, HELP, shown } from "./command.ts";
import { COMMANDS, findCommand } from "./commands.ts";
import { TOPICS } from "../manual/topics.ts";

/** What the command table does not know. */
export interface Names {
  /** The VRFs of this machine. */
  readonly vrfs: () => readonly string[];
  /** The units of this machine. */
  readonly units: () => readonly string[];
  /** Those that are bound. */
  readonly boundUnits: () => readonly string[];
}

/** The scripts by which shells ask `denovrf complete`, by shell. */
export const SCRIPTS: Readonly<Record<string, string>> = {
  // readline breaks words at ":" too, and at "@"; only what comes after that, $2,
  // is to be completed.
  bash: `_denovrf() {
  local line=\${COMP_LINE:0:COMP_POINT} words
  read -ra words <<< "\$line"
  [[ \$line != *[[:space:]] ]] || words+=("")
  mapfile -t COMPREPLY < <(
    denovrf complete -- "\${words[@]:1}" 2>/dev/null
  )
  COMPREPLY=("\${COMPREPLY[@]#"\${words[-1]%"\$2"}"}")
}
complete -o default -F _denovrf denovrf`,
  zsh: `#compdef denovrf
_denovrf() {
  local -a found
  found=("\${(@f)$(denovrf complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "$found" ]]; then compadd -a found; else _files; fi
}
compdef _denovrf denovrf`,
  fish: `complete --command denovrf --arguments \\
  '(denovrf complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'`,
};

/**
 * What the last word could become. Nothing if that is a file's name, or the
 * word of another command.
 *
 * @param words The words after `denovrf`, the last of them unfinished.
 */
export function complete(words: readonly string[], names: Names): string[] {
  const last = words.at(-1) ?? "";
  return candidates(words.slice(0, -1), last, names)
    .filter((candidate) => candidate.startsWith(last)).sort();
}

function candidates(
  before: readonly string[],
  last: string,
  names: Names,
): readonly string[] {
  const [name, ...words] = before;
  if (name === undefined) return commandNames();
  const command = findCommand(name);
  if (command === undefined || words.includes("--")) return [];
  if (last.startsWith("-")) return optionsOf(command);
  if (takesValue(command, words.at(-1))) return [];
  const operands = words.filter((word, at) =>
    !word.startsWith("-") && !takesValue(command, words[at - 1])
  );
  switch (operandAt(command, operands.length)) {
    case "VRF":
      return name === "bind" && operands[0]?.includes("@")
        ? [...names.vrfs(), "%i"]
        : names.vrfs();
    case "UNIT":
      return name === "bind" || name === "attach"
        ? names.units()
        : names.boundUnits();
    // A COMMAND's name is a file on PATH, which shells know better.
    case "COMMAND|TOPIC":
      return [...new Set([...commandNames(), ...Object.keys(TOPICS)])];
    case "SHELL":
      return Object.keys(SCRIPTS);
    default:
      return [];
  }
}

function commandNames(): string[] {
  return shown(COMMANDS).map(({ name }) => name);
}

function optionsOf({ options }: Command): string[] {
  return [...shown(options), HELP].map(({ name }) => `--${name}`);
}

function takesValue({ options }: Command, word: string | undefined): boolean {
  return options.some(({ name, value }) =>
    value !== undefined && word === `--${name}`
  );
}

/** The name of an operand; the last one may be repeated. */
function operandAt({ operands }: Command, at: number): string | undefined {
  const operand = operands[at] ?? operands.find(({ isRepeated }) => isRepeated);
  return operand?.name;
}
