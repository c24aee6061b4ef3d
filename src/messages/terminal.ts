/**
 * The characters of a line of stdout. Without a terminal, nothing limits them;
 * nor on a serial console, which says that it has none.
 */
export function lineWidth(): number {
  if (!Deno.stdout.isTerminal()) return Infinity;
  return Deno.consoleSize().columns || Infinity;
}
