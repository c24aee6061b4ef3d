/** What the program may do; neither form ever asks. */
export const PERMISSIONS = [
  "--no-prompt",
  // Units and drop-ins below any --prefix.
  "--allow-read",
  "--allow-write",
  "--allow-env=PATH,DENOVRF_LIBBPF",
  // iproute2 and systemd's tools. Not by name: Deno looks names up on PATH at
  // start, and gives up at once if the environment has no PATH.
  "--allow-run",
  // Not by name: Deno takes a name for a path in the working directory.
  "--allow-ffi",
];
