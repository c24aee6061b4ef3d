/** Files of ours in the folders of systemd: written whole, or removed. */

import { UserError } from "../errors.ts";
import { showChange } from "../verbose.ts";

/** Writes a file under a temporary name and renames it into its place. */
export function writeWhole(path: string, text: string): void {
  const folder = path.slice(0, path.lastIndexOf("/"));
  const unfinished = `${path}.denovrf-new`;
  attempt(`write "${path}"`, () => {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(unfinished, text, { mode: 0o644 });
    Deno.renameSync(unfinished, path);
  });
  showChange(`write ${path}`);
}

/** Removes a file. @returns Whether it was there. */
export function removeIfThere(path: string): boolean {
  const wasThere = attempt(`remove "${path}"`, () => {
    try {
      Deno.removeSync(path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
  if (wasThere) showChange(`rm ${path}`);
  return wasThere;
}

/** Tells a failure of Deno's file API in the words of a {@linkcode UserError}. */
function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    const denied = cause instanceof Deno.errors.PermissionDenied;
    // Deno's message: "Permission denied (os error 13): open '/etc/x'".
    const state = cause instanceof Error
      ? cause.message.replace(/ \(os error \d+\).*/s, "")
      : String(cause);
    throw new UserError(`Cannot ${what}: ${state}`, {
      cause,
      remedy: denied ? "Run it as root" : undefined,
    });
  }
}
