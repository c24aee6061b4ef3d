/** Calls functions of libraries, through Deno's FFI. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";

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
        const symbols = bind(name(), { [symbol]: definition });
        Object.defineProperty(functions, symbol, { value: symbols[symbol] });
        return symbols[symbol];
      },
    });
  }
  return functions as Functions<T>;
}

function bind<T extends Deno.ForeignLibraryInterface>(
  name: string,
  table: T,
): Functions<T> {
  try {
    return Deno.dlopen(name, table).symbols;
  } catch (cause) {
    // Deno's message: "Could not open library: " once or twice, and libc's.
    const words = cause instanceof Error ? cause.message : String(cause);
    const state = words.replace(/^(?:Could not open library: )+/, "");
    throw new UserError(`Cannot use ${quote(name)}: ${state}`, { cause });
  }
}

/** `text` as C wants it: UTF-8, ended by a NUL. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
