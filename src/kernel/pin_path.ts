/** The paths of pins in bpffs. */

/** The mount point of bpffs, which systemd mounts there. */
export const BPFFS = "/sys/fs/bpf";

/** The directory of all pins. */
export const PINS = `${BPFFS}/denovrf`;

/** The name of the binding map's pin, beside those of the programs. */
export const BINDING_PIN = "binding";

/**
 * The directory of an interface's pins. A dot in the name, as VLANs have it
 * (`eth0.100`), becomes a colon, for bpffs allows no dots.
 */
export function pinDirectory(ifname: string): string {
  return `${PINS}/${ifname.replaceAll(".", ":")}`;
}

/** The path of one of an interface's pins. */
export function pinPath(ifname: string, pinName: string): string {
  return `${pinDirectory(ifname)}/${pinName}`;
}

/** The interface and the name of a pin; `undefined` if the path is none. */
export function parsePinPath(
  path: string,
): { ifname: string; pinName: string } | undefined {
  const [directory, ...names] = path.startsWith(`${PINS}/`)
    ? path.slice(PINS.length + 1).split("/")
    : [];
  if (!directory || names.length < 1 || names.length > 2) return undefined;
  return { ifname: directory.replaceAll(":", "."), pinName: names.join("/") };
}
