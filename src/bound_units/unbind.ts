/** Undoes bind. */

import {
  boundUnitsIn,
  dropInPath,
  linkedUnitsIn,
  readDropIn,
} from "./bound_units.ts";
import { DROP_IN_NAME, type DropIn, LOCK_DROP_IN_NAME } from "./drop_in.ts";
import { disable, removeLink, unlinkUnit } from "./enablement.ts";
import { UNIT_FOLDERS, type UnitFolder } from "./unit_folder.ts";
import { forgetInstances } from "./waiting.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { shellWord } from "../messages/shell_word.ts";
import {
  exists,
  removeFolderIfEmpty,
  removeIfThere,
  unfinishedOf,
} from "../os/files.ts";
import { folderOf } from "../os/path.ts";
import { systemctl } from "../systemd/systemctl.ts";
import type { UnitName } from "../systemd/unit_name.ts";

/**
 * Takes out what bindUnit() put in. If somebody has taken out the drop-in,
 * that is the rest of it but for the instance, which stays enabled: nobody can
 * tell any more who has done that.
 *
 * @param units The unit, by an alias and by what that stands for, and its
 * socket units.
 * @returns The paths of what was taken out; none if the unit was not bound.
 * @throws {UserError} If the drop-in is not one of bind's.
 */
export function unbindUnit(...units: readonly UnitName[]): string[] {
  const names = new Set(units.map(({ name }) => name));
  const removed = UNIT_FOLDERS.flatMap((folder) =>
    [...names].flatMap((name) => removeDropIn(folder, name))
  );
  names.forEach(forgetInstances);
  // Also if nothing was removed, for an interrupted unbind may have done it.
  systemctl("daemon-reload");
  return removed;
}

function removeDropIn(folder: UnitFolder, unit: string): string[] {
  const paths = [LOCK_DROP_IN_NAME, DROP_IN_NAME]
    .map((name) => dropInPath(folder, unit, name));
  const dropIn = readDropIn(folder, unit);
  if (dropIn !== undefined) forget(folder, unit, dropIn);
  else assertNotThere(unit, dropInPath(folder, unit));
  const links = linkedUnitsIn(folder).filter((linked) => linked.unit === unit);
  for (const { path } of links) removeLink(path);
  // The first drop-in goes last: it says what else there is to take out.
  const removed = [
    ...links.map(({ path }) => path),
    ...paths.filter(removeIfThere),
  ];
  for (const each of paths) removeIfThere(unfinishedOf(each));
  removeFolderIfEmpty(folderOf(dropInPath(folder, unit)));
  return removed;
}

/** Refuses a file that is in the place of a drop-in of bind's. */
function assertNotThere(unit: string, path: string): void {
  if (!exists(path)) return;
  throw new UserError(
    `Cannot unbind ${quote(unit)}: ${
      quote(path)
    } differs from what denovrf bind writes`,
    { remedy: `Inspect it, then remove it: rm ${shellWord(path)}` },
  );
}

/** Takes a unit out of what an instance brings back, and disables that for the last. */
export function forget(
  folder: UnitFolder,
  unit: string,
  { instance, enabledInstance }: DropIn,
): void {
  unlinkUnit(folder, instance, unit);
  const isLast = !boundUnitsIn(folder)
    .some((bound) => bound.instance === instance && bound.unit !== unit);
  if (isLast && enabledInstance) disable(folder, instance);
}
