/**
 * A name as it is shown: what is not ours may hold control characters, which
 * play with a terminal, or with whoever reads line by line. Pure.
 */
export function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, "?");
}
