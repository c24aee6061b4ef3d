/**
 * The width of stdout in characters: without limit if it is no terminal, or a
 * serial console, which reports 0 columns.
 */
export function lineWidth(): number {
  if (!Deno.stdout.isTerminal()) return Infinity;
  return Deno.consoleSize().columns || Infinity;
}
