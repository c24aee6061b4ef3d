/** Calls functions of libraries, through Deno's FFI. */

/** The functions of a library, as `Deno.dlopen` gives them. */
type Functions<T extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<
  T
>["symbols"];

/**
 * A library whose functions are each bound at their first use: Deno compiles
 * a trampoline for each (0.3 ms, seen with 2.7.11 and 2.9.6), and a command
 * needs few of them.
 *
 * @param name Returns the library's file name; called when a function is bound.
 */
export function lazyLibrary<T extends Deno.ForeignLibraryInterface>(
  name: () => string,
  table: T,
): Functions<T> {
  const functions = {};
  for (const [symbol, definition] of Object.entries(table)) {
    Object.defineProperty(functions, symbol, {
      configurable: true,
      get() {
        const { symbols } = Deno.dlopen(name(), { [symbol]: definition });
        Object.defineProperty(functions, symbol, { value: symbols[symbol] });
        return symbols[symbol];
      },
    });
  }
  return functions as Functions<T>;
}

/** `text` as C wants it: UTF-8, ended by a NUL. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
