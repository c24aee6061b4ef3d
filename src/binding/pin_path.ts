/** The paths of pins in bpffs. Pure. */

/** The mount point of bpffs, which systemd mounts there. */
export const BPFFS = "/sys/fs/bpf";

/** The folder of all pins. */
export const PINS = `${BPFFS}/denovrf`;

/** The name of the binding map's pin, beside those of the programs. */
export const BINDING_PIN = "binding";

/**
 * The folder of an interface's pins. A dot in the name, as VLANs have it
 * (`eth0.100`), becomes a colon, for bpffs allows no dots.
 */
export function pinFolder(ifname: string): string {
  return `${PINS}/${ifname.replaceAll(".", ":")}`;
}

/** The path of one of an interface's pins. */
export function pinPath(ifname: string, pinName: string): string {
  return `${pinFolder(ifname)}/${pinName}`;
}

/** The interface and the name of a pin; `undefined` if the path is none. */
export function parsePinPath(
  path: string,
): { ifname: string; pinName: string } | undefined {
  const [folder, ...names] = path.startsWith(`${PINS}/`)
    ? path.slice(PINS.length + 1).split("/")
    : [];
  if (!folder || names.length < 1 || names.length > 2) return undefined;
  return { ifname: folder.replaceAll(":", "."), pinName: names.join("/") };
}
