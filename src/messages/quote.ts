/** Names as they stand in messages. Pure. */

/**
 * A name as it stands in a message: quoted, and with control characters
 * escaped, so that a name cannot play with the terminal.
 */
export function quote(name: string): string {
  return JSON.stringify(name);
}
