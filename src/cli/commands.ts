/** The one table of commands: dispatch, help, man page and completions come from it. Pure. */

import { type Command, type Operand, type Option, shown } from "./command.ts";
import { didYouMean } from "../messages/did_you_mean.ts";
import { UsageError } from "../messages/errors.ts";

const VRF: Operand = { name: "VRF" };

/** The VRFs that a command is for, or all of them. */
const VRFS: Operand = { name: "VRF", isRepeated: true, unless: "all" };

const UNIT: Operand = { name: "UNIT" };

const WITHOUT_SOCKETS: Option = {
  name: "without-sockets",
  summary: "leave the socket units of a service as they are",
};

const VERBOSE: Option = {
  name: "verbose",
  summary: "show every change to the system, and errors at full length",
};

const LOOPBACK: Option = {
  name: "loopback",
  summary: "localhost is the host's, everything else is the VRF's",
};

const LOCK: Option = {
  name: "lock",
  summary: "keep processes from choosing another device themselves",
};

const RESOLV_CONF: Option = {
  name: "resolv-conf",
  value: "FILE",
  summary:
    "the name servers of the VRF, by default /etc/denovrf/VRF/resolv.conf, if it is there",
};

const JSON_OUTPUT: Option = {
  name: "json",
  summary: "print JSON, whose shape stays as it is",
};

const INSTANCE: Option = {
  name: "instance",
  summary: "take VRF as the instance of a unit, with systemd's escapes",
  hidden: true,
};

const PREFIX: Option = {
  name: "prefix",
  value: "DIR",
  summary: "the root of a system that is not running, such as an image",
};

/** The table, in the order of the help. */
const TABLE = [
  {
    name: "start",
    operands: [VRFS],
    summary: "Load and pin the programs that bind sockets to a VRF",
    options: [
      { name: "all", summary: "every VRF" },
      {
        name: "quiet",
        alias: "q",
        summary: "do not print the BPFProgram= line",
      },
      {
        name: "loopback",
        summary: "also the programs of the loopback mode",
      },
      {
        name: "lock",
        summary: "also the programs of the lock",
      },
      INSTANCE,
      VERBOSE,
    ],
  },
  {
    name: "stop",
    operands: [VRFS],
    summary: "Unpin the programs of a VRF; what is bound and runs goes on",
    options: [
      { name: "all", summary: "everything that was started" },
      {
        name: "quiet",
        alias: "q",
        summary: "as start takes it; stop prints nothing anyway",
      },
      {
        name: "purge",
        summary: "forget the binding: what is bound can make no new sockets",
      },
      INSTANCE,
      VERBOSE,
    ],
  },
  {
    name: "bind",
    operands: [UNIT, VRF],
    summary: "Have systemd start a unit in a VRF, or not at all",
    options: [
      {
        name: "follow",
        summary: "let it run on when the VRF is deleted and made again",
      },
      { name: "now", summary: "restart the unit" },
      LOOPBACK,
      LOCK,
      RESOLV_CONF,
      { name: "runtime", summary: "until the next boot" },
      WITHOUT_SOCKETS,
      {
        name: "force",
        summary: "even if there is no such VRF yet, or the unit is in another",
      },
      VERBOSE,
    ],
  },
  {
    name: "unbind",
    operands: [UNIT],
    summary: "Take out what bind put in",
    options: [
      { name: "now", summary: "restart the unit, if it runs" },
      WITHOUT_SOCKETS,
      VERBOSE,
    ],
  },
  {
    name: "run",
    operands: [VRF, { name: "COMMAND", isRepeated: true, unless: "shell" }],
    summary: "Have systemd-run run a command in a VRF",
    options: [LOOPBACK, LOCK, RESOLV_CONF],
    launches: "by systemd-run",
  },
  {
    name: "exec",
    operands: [VRF, { name: "COMMAND", isRepeated: true }],
    summary: "Run a command in a VRF, in place of denovrf",
    options: [LOOPBACK, LOCK, VERBOSE],
    launches: "by itself",
  },
  {
    name: "list",
    operands: [{ name: "VRF", isOptional: true }],
    summary: "Show VRFs, their bindings, and the units in them",
    options: [JSON_OUTPUT, VERBOSE],
  },
  {
    name: "identify",
    operands: [{ name: "PID", isOptional: true }],
    summary: "Show the VRF that a process is in, by default this shell",
    options: [VERBOSE],
  },
  {
    name: "pids",
    operands: [VRF],
    summary: "Show the processes that are in a VRF",
    options: [VERBOSE],
  },
  {
    name: "verify",
    operands: [{ name: "UNIT", isOptional: true, isRepeated: true }],
    summary: "Check every socket in a VRF, and show those that are outside",
    options: [JSON_OUTPUT, VERBOSE],
  },
  {
    name: "doctor",
    operands: [],
    summary: "Check what denovrf needs and has installed, and say what to mend",
    options: [JSON_OUTPUT, VERBOSE],
  },
  {
    name: "attach",
    operands: [UNIT],
    summary: "Attach to a unit's cgroup what it is bound to, as its start does",
    options: [VERBOSE],
    hidden: true,
  },
  {
    name: "follow",
    operands: [
      { name: "INSTANCE" },
      { name: "IFINDEX", isOptional: true },
    ],
    summary: "Tell a binding what has become of its interface, as the units do",
    options: [VERBOSE],
    hidden: true,
  },
  {
    name: "install",
    operands: [],
    summary: "Install the systemd units and the udev rule",
    options: [PREFIX, VERBOSE],
  },
  {
    name: "uninstall",
    operands: [],
    summary: "Remove the units and the rule; unbind first what is bound",
    options: [PREFIX, VERBOSE],
  },
  {
    name: "completion",
    operands: [{ name: "SHELL" }],
    summary: "Print what has bash, zsh or fish complete denovrf's arguments",
    options: [],
  },
  {
    name: "complete",
    operands: [{ name: "WORD", isOptional: true, isRepeated: true }],
    summary: "Print what the last word could become, as shells ask",
    options: [],
    hidden: true,
  },
  {
    name: "help",
    operands: [{ name: "COMMAND", isOptional: true }],
    summary: "Show this help, or a command's",
    options: [{ name: "man", summary: "as a manual page" }],
  },
] as const satisfies readonly Command[];

/** The name of a command of the table. */
export type CommandName = typeof TABLE[number]["name"];

/** A command of the table. */
export interface NamedCommand extends Command {
  readonly name: CommandName;
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly NamedCommand[] = TABLE;

/** The command of that name, if there is one. */
export function findCommand(name: string): NamedCommand | undefined {
  return COMMANDS.find((command) => command.name === name);
}

/**
 * The command of that name.
 *
 * @throws {UsageError} Where there is none, with a name that is near.
 */
export function commandNamed(name: string): NamedCommand {
  const command = findCommand(name);
  if (command !== undefined) return command;
  throw new UsageError(
    `Unknown ${name.startsWith("-") ? "option" : "command"} "${name}"`,
    { remedy: didYouMean(name, shown(COMMANDS).map(({ name }) => name)) },
  );
}
