/** The one table of commands: dispatch, help, man page and completions come from it. Pure. */

import type { Command, Option } from "./command.ts";
import { UsageError } from "../messages/errors.ts";
import { nearest } from "../messages/nearest.ts";

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
    usage: "VRF… | --all",
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
    usage: "VRF… | --all",
    summary: "Unpin the programs of a VRF; what is bound and runs goes on",
    options: [
      { name: "all", summary: "everything that was started" },
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
    usage: "UNIT VRF",
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
      { name: "force", summary: "even if there is no such VRF yet" },
      VERBOSE,
    ],
  },
  {
    name: "unbind",
    usage: "UNIT",
    summary: "Take out what bind put in",
    options: [
      { name: "now", summary: "restart the unit, if it runs" },
      VERBOSE,
    ],
  },
  {
    name: "run",
    usage: "VRF [SYSTEMD-RUN OPTION…] [--] COMMAND…",
    summary: "Have systemd-run run a command in a VRF",
    options: [LOOPBACK, LOCK, RESOLV_CONF],
    launches: "by systemd-run",
  },
  {
    name: "exec",
    usage: "VRF [--] COMMAND…",
    summary: "Run a command in a VRF, in place of denovrf",
    options: [LOOPBACK, LOCK, VERBOSE],
    launches: "by itself",
  },
  {
    name: "list",
    usage: "[VRF]",
    summary: "Show VRFs, their bindings, and the units in them",
    options: [JSON_OUTPUT, VERBOSE],
  },
  {
    name: "identify",
    usage: "[PID]",
    summary: "Show the VRF that a process is in, by default this shell",
    options: [VERBOSE],
  },
  {
    name: "pids",
    usage: "VRF",
    summary: "Show the processes that are in a VRF",
    options: [VERBOSE],
  },
  {
    name: "verify",
    usage: "[UNIT…]",
    summary: "Check every socket in a VRF, and show those that are outside",
    options: [JSON_OUTPUT, VERBOSE],
  },
  {
    name: "doctor",
    usage: "",
    summary: "Check what denovrf needs and has installed, and say what to mend",
    options: [JSON_OUTPUT, VERBOSE],
  },
  {
    name: "attach",
    usage: "UNIT",
    summary: "Attach to a unit's cgroup what it is bound to, as its start does",
    options: [VERBOSE],
  },
  {
    name: "follow",
    usage: "INSTANCE [IFINDEX]",
    summary: "Tell a binding what has become of its interface, as the units do",
    options: [VERBOSE],
  },
  {
    name: "install",
    usage: "",
    summary: "Install the systemd units and the udev rule",
    options: [PREFIX, VERBOSE],
  },
  {
    name: "uninstall",
    usage: "",
    summary: "Remove the units and the rule; unbind first what is bound",
    options: [PREFIX, VERBOSE],
  },
  {
    name: "completion",
    usage: "SHELL",
    summary: "Print what has bash, zsh or fish complete denovrf's arguments",
    options: [],
  },
  {
    name: "complete",
    usage: "[--] WORD…",
    summary: "Print what the last word could become, as shells ask",
    options: [],
  },
  {
    name: "help",
    usage: "[COMMAND]",
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
  const near = nearest(name, COMMANDS.map((command) => command.name));
  throw new UsageError(
    `Unknown ${name.startsWith("-") ? "option" : "command"} "${name}"`,
    { remedy: near === undefined ? undefined : `Did you mean "${near}"?` },
  );
}
