import { run } from "../command.ts";
import { UserError } from "../errors.ts";
import { showChange } from "../verbose.ts";

/** Whether systemd is PID 1 here; see sd_booted(3). */
export function isBooted(): boolean {
  try {
    return Deno.lstatSync("/run/systemd/system").isDirectory;
  } catch {
    return false;
  }
}

/** Runs systemctl. @throws {UserError} With its own words, where it fails. */
export function systemctl(...args: string[]): void {
  const { code, stderr } = run("systemctl", args, "Install systemd");
  if (code === 0) return showChange(`systemctl ${args.join(" ")}`);
  throw new UserError(
    `Cannot run "systemctl ${args.join(" ")}": ${
      stderr.split("\n").at(-1) || `it exited with ${code}`
    }`,
    { detail: stderr },
  );
}
