import { bpfProgramSettings, parseSettings } from "../binding.ts";
import { isPlain, type Mode } from "../bpf/programs.ts";
import { assertRunnable } from "../command.ts";
import type { Arguments } from "../commands.ts";
import { UsageError, UserError } from "../errors.ts";
import { executablePath } from "../executable.ts";
import { assertWorks } from "../mode_probe.ts";
import { replaceProcess } from "../libc/process.ts";
import { instancesOf } from "../systemd/drop_in.ts";
import { lockSetting } from "../systemd/lock_settings.ts";
import type { RunOption } from "../systemd/run_options.ts";
import {
  assertAttachesPrograms,
  attachUnitFor,
  mangle,
} from "../systemd/systemd.ts";
import {
  has,
  scopeOptions,
  serviceOptions,
  socketOptions,
  type TransientBinding,
  transientName,
  transientType,
} from "../systemd/transient.ts";
import { modeFrom } from "./mode_from.ts";
import { nameServerSettings } from "../resolv_conf.ts";
import { provideBinding } from "./provide_binding.ts";

/** `denovrf run` */
export function run(
  { operands, flags, values, foreign }: Arguments,
): number {
  const [ifname, ...command] = operands;
  const mode = modeFrom(flags);
  const { words, options } = foreign;
  if (
    ifname === undefined || (command.length === 0 && !has(options, "shell"))
  ) {
    throw new UsageError("A VRF and a command are needed");
  }
  assertOurManager(options);
  assertCompatible(options, ifname);
  assertAttachesPrograms();
  const [program] = command;
  if (program !== undefined && !hasOtherRoot(options)) assertRunnable(program);
  if (!isPlain(mode)) assertWorks(mode);
  const { instance } = provideBinding(ifname, mode);

  replaceProcess(command, [
    "systemd-run",
    ...bindingOptions(
      { ifname, mode, instance, resolvConf: values.get("resolv-conf") },
      options,
    ),
    ...words,
    ...lockOptions(mode, options),
    "--",
  ]);
}

/** What a transient unit is to have. */
interface Wanted {
  readonly ifname: string;
  readonly mode: Mode;
  /** The unit denovrf@… of the interface, where it is installed. */
  readonly instance: string | undefined;
  readonly resolvConf: string | undefined;
}

/** The options that bind what systemd-run makes, and give it a name we know. */
function bindingOptions(
  { ifname, mode, instance, resolvConf }: Wanted,
  options: readonly RunOption[],
): string[] {
  const type = transientType(options);
  const given = options.findLast(({ name }) => name === "unit")?.value;
  const unit = mangle(transientName(given ?? ownName(), type));
  const binding: TransientBinding = {
    settings: [
      ...bpfProgramSettings(ifname, mode),
      ...nameServerSettings(
        ifname,
        type === "scope" ? "Scope" : "Service",
        resolvConf,
      ),
    ],
    instances: instance === undefined ? [] : instancesOf(instance, mode),
    attach: (unit) =>
      instance === undefined
        ? attachByItself(unit)
        : ["systemctl", "start", attachUnitFor(unit)],
  };
  const name = given === undefined ? [`--unit=${unit}`] : [];
  if (type === "service") {
    const sockets = has(options, "socket-property")
      ? socketOptions(unit, binding)
      : [];
    return [...name, ...serviceOptions(unit, binding), ...sockets];
  }
  if (instance !== undefined) {
    return [...name, ...scopeOptions(binding, attachUnitFor(unit))];
  }
  throw new UserError(
    "Cannot run in a scope: the units of denovrf are not installed",
    { remedy: "Install them first: denovrf install; or use: denovrf exec" },
  );
}

/** What has to come after everything else that the unit is given. */
function lockOptions(mode: Mode, options: readonly RunOption[]): string[] {
  if (!mode.lock || transientType(options) === "scope") return [];
  return [`--property=${lockSetting("Service")}`];
}

/** Where the units are not installed, a transient one takes the place of denovrf-attach@. */
function attachByItself(unit: string): string[] {
  return [
    ...["systemd-run", "--quiet", "--collect", "--wait", "--"],
    ...[executablePath(), "attach", "--", unit],
  ];
}

function ownName(): string {
  return `denovrf-run-${Deno.pid}-${Date.now().toString(36)}`;
}

/** Refuses what makes systemd-run talk to another manager. */
function assertOurManager(options: readonly RunOption[]): void {
  if (has(options, "user")) {
    throw new UserError(
      "Cannot run as a unit of the user's manager: only the system's may attach programs",
      { remedy: "Use --uid=USER in the place of --user" },
    );
  }
  for (const name of ["capsule", "host", "machine"]) {
    if (!has(options, name)) continue;
    throw new UserError(
      `Cannot run with --${name}: the binding is on this machine, for its own manager`,
    );
  }
}

/** Refuses properties that would take the binding out, or bind to another VRF. */
function assertCompatible(
  options: readonly RunOption[],
  ifname: string,
): void {
  for (const { name, value = "" } of options) {
    if (name !== "property" && name !== "socket-property") continue;
    if (
      /^(?:BPFProgram|ExecCondition|ExecStartPre|AssertPathExists)=$/.test(
        value,
      )
    ) {
      throw new UserError(
        `Cannot run with "${value}": it takes the binding out`,
      );
    }
    const setting = /^BPFProgram=(.*)$/s.exec(value)?.[1] ?? "";
    const other = parseSettings([setting])?.ifname;
    if (other !== undefined && other !== ifname) {
      throw new UserError(
        `Cannot run with "${value}": it binds to "${other}", not "${ifname}"`,
      );
    }
  }
}

/** Whether the command is to be looked for where we cannot. */
function hasOtherRoot(options: readonly RunOption[]): boolean {
  return options.some(({ name, value = "" }) =>
    name === "root-directory" ||
    (name === "property" &&
      /^(?:RootDirectory|RootImage|ExecSearchPath|MountImages|ExtensionImages)=/
        .test(value))
  );
}
