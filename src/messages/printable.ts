/**
 * A text as it is shown. Names of others may contain control characters, which
 * could play with the terminal, or look like lines of ours. Pure.
 */
export function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, "?");
}
