/** Names of network interfaces. Pure. */

import { UserError } from "../errors.ts";

/** `IFNAMSIZ` of linux/if.h, less the NUL at the end. Bytes. */
const MAX_BYTES = 15;

/**
 * A name as it stands in a message: quoted, and with control characters
 * escaped, so that a name cannot play with the terminal.
 */
export function quote(name: string): string {
  return JSON.stringify(name);
}

/**
 * What the kernel has against a string as an interface's name, by the rules of
 * dev_valid_name() in net/core/dev.c.
 *
 * @returns The state of things, to stand after a colon, or `undefined`.
 */
export function faultOfIfname(name: string): string | undefined {
  return faultOfAnyName(name) ?? faultOfLength(name);
}

/** The same without the limit in length: alternative names have up to 127 bytes. */
export function faultOfAnyName(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name === "." || name === "..") return `${quote(name)} is a directory`;
  if (name.includes("\0")) return "it holds a NUL";
  if (name.includes("/")) return 'it holds a "/"';
  if (name.includes(":")) return 'it holds a ":"';
  if (/[ \t\n\v\f\r]/.test(name)) return "it holds white space";
  return undefined;
}

/** What is wrong with the length of a name, if anything is. */
export function faultOfLength(name: string): string | undefined {
  const bytes = new TextEncoder().encode(name).length;
  return bytes > MAX_BYTES ? `it is longer than ${MAX_BYTES} bytes` : undefined;
}

/**
 * Refuses what cannot be the name of an interface, before it becomes a part of
 * a path or an argument.
 *
 * @throws {UserError}
 */
export function assertIfname(name: string): void {
  const fault = faultOfIfname(name);
  if (fault !== undefined) throw invalidIfname(name, fault);
}

/** The error for a name with a fault. */
export function invalidIfname(name: string, fault: string): UserError {
  return new UserError(`Cannot use ${quote(name)} as interface name: ${fault}`);
}

/**
 * The interface that an instance of denovrf@.service names. Escaped as systemd
 * escapes (`vrf\x2dred`) or raw (`vrf-red`), it is the same interface: a "-"
 * stands for itself, for no interface name holds the "/" that systemd would
 * read it as. See "String Escaping for Inclusion in Unit Names", systemd.unit(5).
 */
export function ifnameOfInstance(instance: string): string {
  const bytes: number[] = [];
  for (const part of instance.split(/(\\x[0-9a-fA-F]{2})/)) {
    if (/^\\x[0-9a-fA-F]{2}$/.test(part)) {
      bytes.push(Number.parseInt(part.slice(2), 16));
    } else {
      bytes.push(...new TextEncoder().encode(part));
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}
