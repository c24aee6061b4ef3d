/** What stdout is, if it is a terminal. */

/**
 * The width of stdout in characters: without limit if it is no terminal, or a
 * serial console, which reports 0 columns.
 */
export function lineWidth(): number {
  if (!Deno.stdout.isTerminal()) return Infinity;
  return Deno.consoleSize().columns || Infinity;
}

/** Whether stdout shows bold and coloured letters: a terminal, unless NO_COLOR is set. */
export function hasStyles(): boolean {
  return Deno.stdout.isTerminal() && !Deno.noColor;
}
