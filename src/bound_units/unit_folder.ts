/** The unit folders of systemd that bind writes to. Pure. */

/** A folder of unit files, by how long what is in it lasts. */
export type UnitFolder = "/etc/systemd/system" | "/run/systemd/system";

/** For good. */
export const ETC: UnitFolder = "/etc/systemd/system";

/** Until the next boot. */
export const RUN: UnitFolder = "/run/systemd/system";

export const UNIT_FOLDERS: readonly UnitFolder[] = [ETC, RUN];
