/** Stands in for what the tests use of @std/assert, if JSR is unreachable. */

import assertStrict from "node:assert/strict";

/** Fails unless the condition holds. */
export function assert(
  condition: unknown,
  message?: string,
): asserts condition {
  assertStrict.ok(condition, message);
}

/** Fails unless the values are deeply equal. */
export function assertEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  assertStrict.deepStrictEqual(actual, expected, message);
}

/** Fails if the values are deeply equal. */
export function assertNotEquals<T>(
  actual: T,
  expected: T,
  message?: string,
): void {
  assertStrict.notDeepStrictEqual(actual, expected, message);
}

/** Fails unless the text matches. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  message?: string,
): void {
  assertStrict.match(actual, expected, message);
}

/** Fails unless the text holds the other one. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  message?: string,
): void {
  assertStrict.ok(
    actual.includes(expected),
    message ?? `Expected "${actual}" to contain "${expected}"`,
  );
}

/** Fails unless the function throws an error of that class. Gives the error. */
export function assertThrows<E extends Error>(
  act: () => unknown,
  // deno-lint-ignore no-explicit-any -- as @std/assert has it
  ErrorClass: new (...args: any[]) => E,
  messageIncludes = "",
): E {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  assertStrict.ok(thrown instanceof ErrorClass, `Expected ${ErrorClass.name}`);
  assertStringIncludes(thrown.message, messageIncludes);
  return thrown;
}
