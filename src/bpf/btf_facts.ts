/**
 * What the kernel's BTF has said since the boot, kept in a file: libbpf takes
 * 20 ms to load it.
 */

import { UserError } from "../messages/errors.ts";
import {
  isOpenToOthers,
  makeDirectory,
  readTextIfExists,
  statusOf,
  writeWhole,
} from "../os/files.ts";

/** systemd has it too, as the RuntimeDirectory= of denovrf@. */
const DIRECTORY = "/run/denovrf";

const PATH = `${DIRECTORY}/btf`;

/** Another kernel has another one; if it cannot be read, nothing is kept. */
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** Numbers by what they are of; `null` for what the kernel does not have. */
type Facts = Record<string, number | null>;

let known: Facts | undefined;

let isKept = true;

/**
 * What is known of something, or is found out now.
 *
 * @param find Finds it in the kernel's BTF; `undefined` if it does not exist.
 */
export function factOf(
  what: string,
  find: () => number | undefined,
): number | undefined {
  known ??= readFacts();
  const fact = known[what];
  if (fact !== undefined) return fact ?? undefined;
  const found = find();
  known[what] = found ?? null;
  isKept = false;
  return found;
}

/**
 * Keeps what was found out. Who cannot write there finds everything out again
 * the next time.
 */
export function keepFacts(): void {
  if (isKept) return;
  isKept = true;
  const bootId = currentBootId();
  if (bootId === undefined) return;
  const lines = Object.entries(known ?? {})
    .map(([what, number]) => `${what} = ${number ?? "none"}`);
  try {
    makeDirectory(DIRECTORY, 0o755);
    writeWhole(PATH, [bootId, ...lines].join("\n"));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

function readFacts(): Facts {
  const status = statusOf(DIRECTORY);
  if (status?.uid !== 0 || isOpenToOthers(status)) return {};
  const [bootId, ...lines] = (readQuietly(PATH) ?? "").split("\n");
  if (bootId === "" || bootId !== currentBootId()) return {};
  return Object.fromEntries(lines.map((line) => {
    const [what = "", number = ""] = line.split(" = ");
    return [what, number === "none" ? null : Number(number)];
  }));
}

function currentBootId(): string | undefined {
  return readQuietly(BOOT_ID)?.trim();
}

function readQuietly(path: string): string | undefined {
  try {
    return readTextIfExists(path);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
