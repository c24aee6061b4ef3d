import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

/** Whether something throws; the assertions cannot say that of themselves. */
function fails(act: () => void): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}

function failure() {
  throw new TypeError("out of order");
}

/** The same table holds @std/assert and the stand-in for it. */
const CASES: [name: string, act: () => void, fails: boolean][] = [
  ["assert(true)", () => assert(true), false],
  ["assert(0)", () => assert(0), true],
  ["assertEquals of equals", () => assertEquals({ a: [1] }, { a: [1] }), false],
  ["assertEquals of others", () => assertEquals([1, 2], [2, 1]), true],
  ["assertNotEquals of equals", () => assertNotEquals([{}], [{}]), true],
  ["assertNotEquals of others", () => assertNotEquals([1], [2]), false],
  ["assertMatch that matches", () => assertMatch("abc", /b/), false],
  ["assertMatch that does not", () => assertMatch("abc", /x/), true],
  ["assertStringIncludes within", () => assertStringIncludes("ab", "b"), false],
  ["assertStringIncludes not", () => assertStringIncludes("ab", "c"), true],
  ["assertThrows of its class", () => {
    assertEquals(assertThrows(failure, TypeError).message, "out of order");
  }, false],
  ["assertThrows of another class", () => {
    assertThrows(failure, RangeError);
  }, true],
  ["assertThrows of other words", () => {
    assertThrows(failure, TypeError, "in order");
  }, true],
  ["assertThrows of nothing", () => {
    assertThrows(() => {}, TypeError);
  }, true],
];

for (const [name, act, expected] of CASES) {
  Deno.test(`${name} ${expected ? "fails" : "passes"}`, () => {
    assertEquals(fails(act), expected);
  });
}
