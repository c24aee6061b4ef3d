/** Names of network interfaces. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";

/** `IFNAMSIZ` of linux/if.h, less the NUL at the end. Bytes. */
const MAX_BYTES = 15;

/**
 * Why a string cannot be the name of an interface, by the rules of
 * dev_valid_name() in net/core/dev.c, and by ours.
 *
 * @returns A text to put after a colon; `undefined` if it can be.
 */
export function faultOfIfname(name: string): string | undefined {
  return faultOfAnyName(name) ?? faultOfLength(name);
}

/** The same without the length: alternative names have up to 127 bytes. */
export function faultOfAnyName(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name === "." || name === "..") return `${quote(name)} is a directory`;
  if (name.includes("\0")) return "it contains a NUL";
  if (name.includes("/")) return 'it contains a "/"';
  if (name.includes(":")) return 'it contains a ":"';
  if (/[ \t\n\v\f\r]/.test(name)) return "it contains white space";
  // The kernel takes these, but they would play with terminals and systemd.
  if (/\p{Cc}/u.test(name)) return "it contains a control character";
  // What decoders put in the place of bytes that are not UTF-8.
  if (name.includes("\uFFFD")) return "it is not UTF-8";
  return undefined;
}

/** What is wrong with the length of a name, if anything is. */
export function faultOfLength(name: string): string | undefined {
  const bytes = new TextEncoder().encode(name).length;
  return bytes > MAX_BYTES ? `it is longer than ${MAX_BYTES} bytes` : undefined;
}

/**
 * Refuses what cannot be the name of an interface, before it becomes part of a
 * path or an argument.
 *
 * @throws {UserError}
 */
export function assertIfname(name: string): void {
  const fault = faultOfIfname(name);
  if (fault !== undefined) throw invalidIfname(name, fault);
}

/** The error for a name that cannot be used. */
export function invalidIfname(name: string, fault: string): UserError {
  return new UserError(
    `Cannot use ${quote(name)} as an interface name: ${fault}`,
  );
}
