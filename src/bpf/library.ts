/** libbpf: which file is opened, and its functions. */

import { LIBBPF_SYMBOLS, LIBBPF_VERSION_SYMBOLS } from "./symbols.ts";
import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { lazyLibrary } from "../os/ffi.ts";

const DEFAULT_NAMES = ["libbpf.so.1", "libbpf.so"];

const INSTALL_LIBBPF =
  "Install libbpf 1.x: package libbpf1 on Debian and Ubuntu, libbpf on Fedora and Arch";

let libraryName: string | undefined;

/** libbpf; it is opened, and its version checked, at the first call. */
export const libbpf = lazyLibrary(
  () => libraryName ??= findLibrary(),
  LIBBPF_SYMBOLS,
);

/**
 * The name and version of the libbpf that is used, such as `libbpf v1.5`.
 *
 * @throws {UserError} If none can be used.
 */
export function libbpfVersion(): string {
  const name = libraryName ??= findLibrary();
  const { symbols } = Deno.dlopen(name, LIBBPF_VERSION_SYMBOLS);
  const version = symbols.libbpf_version_string?.() ?? null;
  return version === null
    ? name
    : `libbpf ${Deno.UnsafePointerView.getCString(version)}`;
}

/** The first name that opens a libbpf, which stays open: to load it takes 1 ms. */
function findLibrary(): string {
  const override = Deno.env.get("DENOVRF_LIBBPF");
  const names = override ? [override] : DEFAULT_NAMES;
  const reasons: string[] = [];
  for (const name of names) {
    try {
      const { symbols } = Deno.dlopen(name, LIBBPF_VERSION_SYMBOLS);
      assertUsable(name, symbols.libbpf_major_version?.());
      return name;
    } catch (error) {
      if (error instanceof UserError) throw error;
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new UserError(
    `Cannot open libbpf: tried ${names.map(quote).join(", ")}`,
    { remedy: INSTALL_LIBBPF, detail: reasons.join("\n") },
  );
}

/**
 * Refuses a library whose functions take other arguments than ours.
 *
 * @param major What libbpf_major_version() returns; `undefined` if it is
 * missing.
 */
function assertUsable(name: string, major: number | undefined): void {
  if (major === 1) return;
  const version = major === undefined ? "older than 0.6" : `version ${major}`;
  throw new UserError(
    `Cannot use ${quote(name)}: it is libbpf ${version}; 1.x is required`,
    { remedy: INSTALL_LIBBPF },
  );
}
