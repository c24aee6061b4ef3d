/** The drop-in that binds a unit: its text, and what one says. Pure. */

/** A unit's binding, as its drop-in has it. */
export interface DropIn {
  readonly ifname: string;
  /** The unit denovrf@… of the interface. */
  readonly instance: string;
  /** Whether the unit keeps running when the interface is made again. */
  readonly follow: boolean;
  /** Whether bind has enabled the instance, and unbind is to disable it. */
  readonly enabledInstance: boolean;
}

/** The name of the drop-in in the folder of its unit. */
export const DROP_IN_NAME = "50-denovrf.conf";

const ENABLED_NOTE = "# The instance is enabled for this.";

/**
 * The text of a drop-in.
 *
 * @param section The section that fits the unit's type, such as `Service`.
 * @param pin The path of the program.
 */
export function dropInText(
  { ifname, instance, follow, enabledInstance }: DropIn,
  section: string,
  pin: string,
): string {
  const renewal = renewalOf(instance);
  const path = pin.replaceAll("%", "%%");
  return [
    `# Written by denovrf bind, for interface ${ifname}`,
    ...enabledInstance ? [ENABLED_NOTE] : [],
    "[Unit]",
    ...follow
      ? [`Wants=${instance}`, `Requires=${renewal}`]
      : [`Requires=${instance} ${renewal}`],
    `After=${instance} ${renewal}`,
    // systemd starts the unit unbound where the program is missing.
    `AssertPathExists=${path}`,
    "",
    `[${section}]`,
    `BPFProgram=sock_create:${path}`,
    "",
  ].join("\n");
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
  };
}

/** The unit that renews the programs of an instance of denovrf@. */
export function renewalOf(instance: string): string {
  return instance.replace("denovrf@", "denovrf-renew@");
}
