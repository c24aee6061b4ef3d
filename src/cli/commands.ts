/** The one table of commands: dispatch, help, man page and completions come from it. */

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
  summary: "show each change to the system, and errors in full",
};

const OPEN: Option = {
  name: "open",
  summary: "bind sockets, and leave packets alone",
};

const LOOPBACK: Option = {
  name: "loopback",
  summary: "loopback is the host's, everything else the VRF's",
};

const LOCK: Option = {
  name: "lock",
  summary: "keep also root and leaked routes inside the VRF",
};

const RESOLV_CONF: Option = {
  name: "resolv-conf",
  value: "FILE",
  summary: "the VRF's name servers: see denovrf help name-servers",
};

const JSON_OUTPUT: Option = {
  name: "json",
  summary: "print JSON, in a stable format",
};

const INSTANCE: Option = {
  name: "instance",
  summary: "VRF is the name of an instance, escaped",
  hidden: true,
};

const PREFIX: Option = {
  name: "prefix",
  value: "DIR",
  summary: "use the system at DIR, such as an image",
};

/** The table, in the order of the help. */
const TABLE = [
  {
    name: "start",
    operands: [VRFS],
    summary: "Load and pin the programs that bind sockets to a VRF",
    options: [
      { name: "all", summary: "start every VRF" },
      {
        name: "quiet",
        alias: "q",
        summary: "do not print the BPFProgram= line",
      },
      INSTANCE,
      VERBOSE,
    ],
    examples: [
      [
        "denovrf start vrfred",
        "Bind vrfred, and print the line for a unit of your own",
      ],
    ],
  },
  {
    name: "stop",
    operands: [VRFS],
    summary: "Unpin the programs of a VRF; running units stay bound",
    options: [
      { name: "all", summary: "stop everything that was started" },
      {
        name: "quiet",
        alias: "q",
        summary: "as start takes it; stop prints nothing anyway",
      },
      {
        name: "purge",
        summary: "also delete the binding: bound units open no new sockets",
      },
      INSTANCE,
      VERBOSE,
    ],
    examples: [
      ["denovrf stop --purge vrfred", "Forget a VRF that does not come back"],
    ],
  },
  {
    name: "bind",
    operands: [UNIT, VRF],
    summary: "Bind a unit to a VRF: it starts there or not at all",
    options: [
      {
        name: "follow",
        summary: "keep it running when the VRF is recreated",
      },
      { name: "now", summary: "restart the unit now" },
      OPEN,
      LOOPBACK,
      LOCK,
      RESOLV_CONF,
      { name: "runtime", summary: "bind only until the next boot" },
      WITHOUT_SOCKETS,
      {
        name: "force",
        summary: "even if the VRF is missing, or the unit names another",
      },
      VERBOSE,
    ],
    examples: [
      ["denovrf bind --now ssh mgmt", "Have sshd in the VRF mgmt, from now on"],
      [
        "denovrf bind sshd-vrf@ %i",
        "Have each instance in the VRF of its name",
      ],
    ],
  },
  {
    name: "unbind",
    operands: [UNIT],
    summary: "Undo bind",
    options: [
      { name: "now", summary: "restart the unit now, if it is running" },
      WITHOUT_SOCKETS,
      VERBOSE,
    ],
    examples: [
      ["denovrf unbind --now ssh", "Have sshd in the default VRF again"],
    ],
  },
  {
    name: "run",
    operands: [VRF, { name: "COMMAND", isRepeated: true, unless: "shell" }],
    summary: "Run a command in a VRF as a transient unit",
    options: [OPEN, LOOPBACK, LOCK, RESOLV_CONF],
    examples: [
      [
        "denovrf run vrfred --pty --uid=me bash",
        "Open a shell in vrfred, as systemd-run does",
      ],
    ],
    endsWithCommand: true,
    passesOptionsTo: "systemd-run",
  },
  {
    name: "exec",
    operands: [VRF, { name: "COMMAND", isRepeated: true }],
    summary: "Run a command in a VRF, replacing this process",
    options: [OPEN, LOOPBACK, LOCK, VERBOSE],
    examples: [
      ["denovrf exec vrfred ping 192.0.2.1", "Ping by vrfred"],
    ],
    endsWithCommand: true,
  },
  {
    name: "list",
    operands: [{ name: "VRF", isOptional: true }],
    summary: "List VRFs, their bindings and their units",
    options: [JSON_OUTPUT, VERBOSE],
    examples: [
      ["denovrf list", "Show all VRFs"],
      ["denovrf list --json mgmt", "Tell a program of mgmt"],
    ],
  },
  {
    name: "identify",
    operands: [{ name: "PID", isOptional: true }],
    summary: "Show the VRF of a process, by default of this shell",
    options: [VERBOSE],
    examples: [
      ["denovrf identify 1234", "Show the VRF of process 1234"],
    ],
  },
  {
    name: "pids",
    operands: [VRF],
    summary: "List the processes in a VRF",
    options: [VERBOSE],
    examples: [
      ["denovrf pids mgmt", "Show the processes in mgmt"],
    ],
  },
  {
    name: "verify",
    operands: [{ name: "UNIT", isOptional: true, isRepeated: true }],
    summary: "Find sockets of bound units that are outside their VRF",
    options: [JSON_OUTPUT, VERBOSE],
    examples: [
      ["denovrf verify ssh", "Check the sockets of sshd"],
    ],
  },
  {
    name: "doctor",
    operands: [],
    summary: "Check this machine and the installation, and suggest fixes",
    options: [JSON_OUTPUT, VERBOSE],
    examples: [
      ["denovrf doctor", "Check this machine"],
    ],
  },
  {
    name: "attach",
    operands: [UNIT],
    summary: "Attach a unit's programs to its cgroup, as systemd asks",
    options: [VERBOSE],
    hidden: true,
  },
  {
    name: "follow",
    operands: [
      { name: "INSTANCE" },
      { name: "IFINDEX", isOptional: true },
    ],
    summary: "Update a binding after its interface has changed",
    options: [VERBOSE],
    hidden: true,
  },
  {
    name: "install",
    operands: [],
    summary: "Install the systemd units and the udev rule",
    options: [PREFIX, VERBOSE],
    examples: [
      ["denovrf install", "Install the units for this executable"],
    ],
  },
  {
    name: "uninstall",
    operands: [],
    summary: "Remove the units and the rule; unbind all units first",
    options: [PREFIX, VERBOSE],
    examples: [
      ["denovrf uninstall", "Remove them"],
    ],
  },
  {
    name: "completion",
    operands: [{ name: "SHELL" }],
    summary: "Print the completion script of bash, zsh or fish",
    options: [],
    examples: [
      ["denovrf completion bash", "Print the completion for bash"],
    ],
  },
  {
    name: "complete",
    operands: [{ name: "WORD", isOptional: true, isRepeated: true }],
    summary: "Print completions of the last word, as shells ask",
    options: [],
    hidden: true,
  },
  {
    name: "help",
    operands: [{ name: "COMMAND|TOPIC", isOptional: true }],
    summary: "Show this help, a command's, or a topic of the manual",
    options: [{ name: "man", summary: "print the manual page" }],
    examples: [
      ["denovrf help bind", "Show the options of bind, and the manual of it"],
      ["denovrf help recipes", "Show a topic of the manual"],
    ],
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
 * @throws {UsageError} If there is none, with a name that is near.
 */
export function commandNamed(name: string): NamedCommand {
  const command = findCommand(name);
  if (command !== undefined) return command;
  throw new UsageError(
    `Unknown ${name.startsWith("-") ? "option" : "command"} "${name}"`,
    { remedy: didYouMean(name, shown(COMMANDS).map(({ name }) => name)) },
  );
}
