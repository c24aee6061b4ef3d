/** Runs of the bench, for the tests of what is made of them. */

import type { Run } from "./figures.ts";

export const RUNS: Run[] = [{
  machine: "Linux 6 <x>",
  groups: [[
    ...[{ what: "start", way: "a", ratio: 0.1, to: "b & c", atMost: 0.2 }],
    ...[{ what: "start", way: "d", ratio: 10, to: "b & c", atMost: 1.05 }],
    ...[{ what: "stop", way: "d", ratio: 0.0123, to: "b & c" }],
  ]],
}];
