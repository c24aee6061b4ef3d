/** Files of ours in the folders of systemd: there whole, or not at all. */

import { UserError } from "../messages/errors.ts";
import { showChange } from "../messages/verbose.ts";
import { isRoot } from "../os/libc.ts";
import { folderOf } from "../os/path.ts";

/** Writes a file under a temporary name and renames it into its place. */
export function writeWhole(path: string, text: string): void {
  const unfinished = unfinishedOf(path);
  attempt(`write "${path}"`, () => {
    Deno.mkdirSync(folderOf(path), { recursive: true });
    Deno.writeTextFileSync(unfinished, text, { mode: 0o644 });
    Deno.renameSync(unfinished, path);
  });
  showChange(`write ${path}`);
}

/** Where writeWhole() writes at first; an interruption may leave it. */
export function unfinishedOf(path: string): string {
  return `${path}.denovrf-new`;
}

/** Makes a symbolic link, or leaves the one that is there. */
export function linkTo(target: string, path: string): void {
  attempt(`create link "${path}"`, () => {
    Deno.mkdirSync(folderOf(path), { recursive: true });
    if (!hasEntry(path)) Deno.symlinkSync(target, path);
  });
  showChange(`ln -s ${target} ${path}`);
}

/** Removes a folder of ours if nothing is left in it. */
export function removeFolderIfEmpty(path: string): void {
  attempt(`remove folder "${path}"`, () => {
    if (!hasEntry(path)) return;
    if ([...Deno.readDirSync(path)].length === 0) Deno.removeSync(path);
  });
}

/** The names in a folder, sorted; none where there is no folder. */
export function namesIn(path: string): string[] {
  return attempt(`read folder "${path}"`, () => {
    if (!hasEntry(path)) return [];
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  });
}

/** The text of a file, `undefined` where it is not there. */
export function readIfThere(path: string): string | undefined {
  return attempt(`read "${path}"`, () => {
    return hasEntry(path) ? Deno.readTextFileSync(path) : undefined;
  });
}

/** Whether anything is at a path, be it a link that leads nowhere. */
export function isThere(path: string): boolean {
  return attempt(`look at "${path}"`, () => hasEntry(path));
}

/** Whether anything is there, for what is an attempt itself. */
export function hasEntry(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Removes a file. @returns Whether it was there. */
export function removeIfThere(path: string): boolean {
  const wasThere = attempt(`remove "${path}"`, () => {
    if (!hasEntry(path)) return false;
    Deno.removeSync(path);
    return true;
  });
  if (wasThere) showChange(`rm ${path}`);
  return wasThere;
}

/** Tells a failure of Deno's file API in the words of a {@linkcode UserError}. */
export function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const isDenied = cause instanceof Deno.errors.PermissionDenied;
    // Deno's message: "Permission denied (os error 13): open '/etc/x'".
    const state = cause instanceof Error
      ? cause.message.replace(/ \(os error \d+\).*/s, "")
      : String(cause);
    throw new UserError(`Cannot ${what}: ${state}`, {
      cause,
      remedy: isDenied && !isRoot() ? "Run it as root" : undefined,
    });
  }
}
