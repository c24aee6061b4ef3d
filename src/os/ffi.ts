/** Calls functions of libraries, through Deno's FFI. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";

/** The functions of a library, as `Deno.dlopen` gives them. */
type Functions<T extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<
  T
>["symbols"];

/** How the integers and pointers that functions return are read from bytes. */
const READERS = {
  i32: { size: 4, read: (view: DataView) => view.getInt32(0, true) },
  u32: { size: 4, read: (view: DataView) => view.getUint32(0, true) },
  i64: { size: 8, read: (view: DataView) => view.getBigInt64(0, true) },
  isize: { size: 8, read: (view: DataView) => view.getBigInt64(0, true) },
  usize: { size: 8, read: (view: DataView) => view.getBigUint64(0, true) },
  pointer: {
    size: 8,
    read: (view: DataView) =>
      Deno.UnsafePointer.create(view.getBigUint64(0, true)),
  },
} as const;

/** A function of a library, with one of the results that READERS has. */
interface Definition extends Deno.ForeignFunction {
  readonly result: keyof typeof READERS;
}

/**
 * A library whose functions are each bound at their first use, for a command
 * needs few of them.
 *
 * @param name Returns the library's file name; called when a function is bound.
 */
export function lazyLibrary<T extends Record<string, Definition>>(
  name: () => string,
  table: T,
): Functions<T> {
  const functions = {};
  for (const [symbol, definition] of Object.entries(table)) {
    Object.defineProperty(functions, symbol, {
      configurable: true,
      get() {
        const value = bind(name(), symbol, definition);
        Object.defineProperty(functions, symbol, { value });
        return value;
      },
    });
  }
  return functions as Functions<T>;
}

/**
 * Binds a function; `undefined` if it is optional and missing.
 *
 * Its result is declared as a struct of one member: Deno compiles a trampoline
 * for a function that returns a number or a pointer, which takes longer than
 * all of our calls (0.3 ms each, seen with 2.7.11 and 2.9.6), and none for a
 * struct. Such a struct is returned as its member is, in RAX or X0: System V
 * ABI for AMD64, 3.2.3; Procedure Call Standard for AArch64, 6.9.
 */
function bind(
  library: string,
  symbol: string,
  definition: Definition,
): unknown {
  const { size, read } = READERS[definition.result];
  const symbols = open(library, {
    [symbol]: { ...definition, result: { struct: [definition.result] } },
    // For a function that returns a struct, Deno does not tell whether it exists.
    address: { name: symbol, type: "pointer", optional: true },
  });
  const call: unknown = symbols[symbol];
  if (symbols.address === null || typeof call !== "function") return undefined;
  return (...args: unknown[]) => {
    const { buffer, byteOffset }: Uint8Array = call(...args);
    return read(new DataView(buffer, byteOffset, size));
  };
}

function open<T extends Deno.ForeignLibraryInterface>(
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

/** The C string that bytes begin with. */
export function textIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The address of `memory`, good for as long as something refers to that. */
export function addressOf(memory: BufferSource): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
}
