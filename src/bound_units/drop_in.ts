/** The drop-in that binds a unit: its text, and what one says. Pure. */

import { instancesOf } from "./instance.ts";
import { lockSetting } from "./lock_settings.ts";
import { resolvConfSettingsIn } from "./name_servers.ts";
import type { Mode } from "../programs/modes.ts";
import type { Section } from "../systemd/unit_name.ts";

/** A unit's binding, as its drop-in has it. */
export interface DropIn {
  readonly ifname: string;
  /** The unit denovrf@… of the interface. */
  readonly instance: string;
  /** Whether the unit keeps running when the interface is made again. */
  readonly follow: boolean;
  /** Whether bind has enabled the instance, and unbind is to disable it. */
  readonly enabledInstance: boolean;
  readonly mode: Mode;
  /** The settings that give it name servers of its own. */
  readonly nameServers: readonly string[];
}

/** The name of the drop-in in the folder of its unit. */
export const DROP_IN_NAME = "50-denovrf.conf";

/** The name of what a locked unit has besides, after whatever else it has. */
export const LOCK_DROP_IN_NAME = "zz-denovrf-lock.conf";

const ENABLED_NOTE = "# The instance is enabled for this.";

/** Attaches the program to the unit's cgroup; see units/denovrf-attach@.service. */
const ATTACH = "denovrf-attach@%n.service";

/** The same from inside the unit, once its cgroup is there. */
const ATTACH_FROM_INSIDE = `+${
  orFail('/usr/bin/systemctl start "denovrf-attach@$$0.service"')
} %n`;

/** Where a unit of a type runs what has to be done before its sockets. */
const BEFORE_SOCKETS: Readonly<Partial<Record<Section, string>>> = {
  Service: "ExecCondition",
  Socket: "ExecStartPre",
};

/**
 * The text of a drop-in.
 *
 * @param section The section that fits the unit's type, such as `Service`.
 * @param settings The lines `BPFProgram=HOOK:PATH` of its mode.
 */
export function dropInText(
  { ifname, instance, follow, enabledInstance, mode, nameServers }: DropIn,
  section: Section,
  settings: readonly string[],
): string {
  const escaped = settings.map((setting) => setting.replaceAll("%", "%%"));
  const hook = BEFORE_SOCKETS[section];
  const instances = instancesOf(instance, mode);
  // A unit that runs nothing has its cgroup made and attached to before it.
  const before = hook === undefined ? [ATTACH] : [];
  return [
    `# Written by denovrf bind, for interface ${ifname}`,
    ...enabledInstance ? [ENABLED_NOTE] : [],
    "[Unit]",
    ...follow
      ? [
        `Wants=${instances.join(" ")}`,
        ...before.map((unit) => `Requires=${unit}`),
      ]
      : [`Requires=${[...instances, ...before].join(" ")}`],
    `After=${[...instances, ...before].join(" ")}`,
    // systemd starts the unit unbound where the program is missing.
    ...escaped.slice(0, 1).map((setting) =>
      `AssertPathExists=${setting.slice(setting.indexOf(":") + 1)}`
    ),
    "",
    `[${section}]`,
    ...escaped,
    ...nameServers,
    ...hook === undefined ? [] : [`${hook}=${ATTACH_FROM_INSIDE}`],
    "",
  ].join("\n");
}

/**
 * The text of what a locked unit has besides; `undefined` where that is nothing.
 *
 * @param section The section that fits the unit's type.
 */
export function lockDropInText(section: Section): string | undefined {
  const setting = lockSetting(section);
  if (setting === undefined) return undefined;
  return [
    "# Written by denovrf bind --lock; comes last, to take from lists",
    `[${section}]`,
    setting,
    "",
  ].join("\n");
}

/**
 * Everything that a unit has from bind: texts by the names of drop-ins, with
 * `undefined` for those that it has not.
 */
export function dropInTexts(
  dropIn: DropIn,
  section: Section,
  settings: readonly string[],
): Readonly<Record<string, string | undefined>> {
  return {
    [DROP_IN_NAME]: dropInText(dropIn, section, settings),
    [LOCK_DROP_IN_NAME]: dropIn.mode.lock ? lockDropInText(section) : undefined,
  };
}

/**
 * A command line by which every failure of a shell's command is the unit's:
 * exit status 255 of ExecCondition=, where 1 would skip the unit as if all were
 * well. The command has nothing of the unit's environment, which could have
 * root run another systemctl (PATH=), or have that do nothing
 * (SYSTEMD_OFFLINE=); env(1) itself has it (LD_PRELOAD=), as every command of a
 * unit does. And in what it takes for a chroot, systemctl would do nothing and
 * exit with 0.
 */
export function orFail(command: string): string {
  return `/usr/bin/env -i SYSTEMD_IGNORE_CHROOT=1 /bin/sh -c '${command} || exit 255'`;
}

/** Reads a drop-in. @returns `undefined` where bind has not written the text. */
export function parseDropIn(text: string): DropIn | undefined {
  const ifname = /^# Written by denovrf bind, for interface (.+)$/m
    .exec(text)?.[1];
  const instance = /^After=(\S+)/m.exec(text)?.[1];
  if (ifname === undefined || instance === undefined) return undefined;
  return {
    ifname,
    instance,
    follow: /^Wants=/m.test(text),
    enabledInstance: text.includes(ENABLED_NOTE),
    mode: {
      loopback: hasPinIn(text, "loopback"),
      lock: hasPinIn(text, "lock"),
    },
    nameServers: resolvConfSettingsIn(text),
  };
}

/** Whether a program is from a folder inside that of the interface's pins. */
function hasPinIn(text: string, folder: string): boolean {
  return text.split("\n").some((line) =>
    line.startsWith("BPFProgram=") &&
    new RegExp(`/denovrf/[^/]+/${folder}/\\w+$`).test(line)
  );
}
