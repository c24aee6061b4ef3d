/** Command lines that are wrong, and what denovrf says of each, in every form. */
export const WRONG_USAGE: [args: string[], message: string][] = [
  [["list", "--_"], 'Unknown option "--_"'],
  [["stop", "--no-purge=1", "nosuch"], 'Unknown option "--no-purge"'],
  [["stop", "--frobnicate", "a"], 'Unknown option "--frobnicate"'],
  [["start", "--no-all=1"], 'Unknown option "--no-all"'],
  [["start", "-q=x", "vrfred"], 'Option "-q" takes no value'],
  [["start", "-q/x", "vrfred"], 'Unknown option "-/" in "-q/x"'],
  [["start", "-q1", "vrfred"], 'Unknown option "-1" in "-q1"'],
  [["start", "-q-", "vrfred"], 'Unknown option "--" in "-q-"'],
];
