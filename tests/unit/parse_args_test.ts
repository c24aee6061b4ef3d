import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

/**
 * What denovrf relies on. The same table holds @std/cli and the stand-in that
 * takes its place where JSR is out of reach.
 */
const CASES: [args: string[], parsed: Record<string, unknown>][] = [
  [[], { _: [] }],
  [["red", "blue"], { _: ["red", "blue"] }],
  [["007", "1e3"], { _: ["007", "1e3"] }],
  [["-"], { _: ["-"] }],
  [["--quiet", "red"], { _: ["red"], quiet: true, q: true }],
  [["red", "--quiet"], { _: ["red"], quiet: true, q: true }],
  [["-q", "red"], { _: ["red"], quiet: true, q: true }],
  [["-qv"], { _: [], quiet: true, q: true, verbose: true, v: true }],
  [["--prefix", "/mnt", "red"], { _: ["red"], prefix: "/mnt" }],
  [["--prefix=/mnt", "red"], { _: ["red"], prefix: "/mnt" }],
  [["--prefix=a=b"], { _: [], prefix: "a=b" }],
  [["--prefix=/a", "--prefix=/b"], { _: [], prefix: "/b" }],
  [["--prefix"], { _: [], prefix: "" }],
  [["--prefix", "--quiet"], { _: [], prefix: "", quiet: true, q: true }],
  [["--", "--quiet"], { _: ["--quiet"] }],
  [["red", "--", "-q", "--"], { _: ["red", "-q", "--"] }],
];

function parse(args: string[], unknown?: (arg: string) => unknown) {
  return parseArgs(args, {
    boolean: ["quiet", "verbose"],
    string: ["_", "prefix"],
    alias: { quiet: ["q"], verbose: ["v"] },
    unknown: (arg: string, key?: string) =>
      key === undefined ? undefined : unknown?.(arg),
  });
}

for (const [args, expected] of CASES) {
  Deno.test(`parseArgs() takes ${JSON.stringify(args)} apart`, () => {
    assertEquals({ ...parse(args) }, {
      quiet: false,
      q: false,
      verbose: false,
      v: false,
      ...expected,
    });
  });
}

Deno.test("parseArgs() tells of each option that it does not know", () => {
  const told: string[] = [];
  parse(["red", "--what", "--which=1", "-x", "--", "--not"], (arg) => {
    told.push(arg);
    return false;
  });
  assertEquals(told, ["--what", "--which=1", "-x"]);
});
