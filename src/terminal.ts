/** The characters of a line of stdout; without a terminal, nothing limits them. */
export function lineWidth(): number {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : Infinity;
}
