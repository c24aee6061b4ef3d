/** Runs a command in a VRF in the place of denovrf. */

import { attachedBindings, attachTo } from "../kernel/attachment.ts";
import {
  cgroupPath,
  enterCgroup,
  makeCgroup,
  ownCgroup,
  visibleRoot,
} from "../cgroup/cgroup.ts";
import { execName, outsideOfExec } from "../cgroup/exec_cgroup.ts";
import { cgroupsAbove, sliceOf } from "../cgroup/proc_cgroup.ts";
import { removeWhenEmpty } from "../cgroup/removal.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { provideBinding } from "./shared/provide_binding.ts";
import { UsageError, UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { removeDirectoryIfEmpty } from "../os/files.ts";
import { replaceProcess } from "../os/process.ts";
import { ifindexOfSocket } from "../os/socket.ts";
import { isPlain, type Mode } from "../programs/modes.ts";
import { enterScope } from "../systemd/scope.ts";
import { isBooted } from "../systemd/systemctl.ts";

/** What iproute2 calls the absence of a VRF. */
const DEFAULT_VRF = "default";

/** `denovrf exec` */
export async function run({ operands, flags }: Arguments): Promise<number> {
  const [vrf = "", ...command] = operands;
  const mode = modeFrom(flags);
  if (vrf !== DEFAULT_VRF) await enterVrf(vrf, mode, command);
  else if (isPlain(mode)) await leaveVrf(command);
  else {
    throw new UsageError(
      "Cannot use --loopback or --lock with the default VRF",
    );
  }
  replaceProcess(command);
}

async function enterVrf(
  ifname: string,
  mode: Mode,
  command: string[],
): Promise<void> {
  const { ifindex } = provideBinding(ifname);
  attachTo(ifname, await enterOwnCgroup(describe(ifname, command)), mode);
  assertBoundTo(ifindex, `run in ${quote(ifname)}`);
}

/** Leaves what exec has made, and nothing else: a bound unit's VRF is its own. */
async function leaveVrf(command: string[]): Promise<void> {
  const cgroup = ownCgroup();
  const outside = outsideOfExec(cgroup);
  const bound = cgroupsAbove(outside, visibleRoot()).find((above) =>
    attachedBindings(cgroupPath(above)).length > 0
  );
  if (bound !== undefined) {
    throw new UserError(
      `Cannot leave the VRF: the cgroup ${quote(bound)} is bound to it`,
      { remedy: "Processes of a bound unit stay in its VRF" },
    );
  }
  if (/\.scope(?:\/|$)/.test(cgroup.slice(outside.length))) {
    // The slice around a scope takes no processes.
    await enterOwnCgroup(describe(DEFAULT_VRF, command));
  } else if (outside !== cgroup) {
    enterCgroup(cgroupPath(outside));
  }
  assertBoundTo(0, "leave the VRF");
}

/** A line for systemctl status, of a length that every tool takes. */
function describe(vrf: string, command: readonly string[]): string {
  const line = command.join(" ").replace(/[\s\p{Cc}]+/gu, " ").slice(0, 200);
  return `denovrf exec ${vrf}: ${line}`;
}

/**
 * Moves this process into a cgroup of its own, which is gone with its last
 * process.
 *
 * @returns The path of the cgroup in the file system.
 */
async function enterOwnCgroup(description: string): Promise<string> {
  const name = execName(Deno.pid, Date.now());
  const outside = outsideOfExec(ownCgroup());
  if (isBooted()) {
    const scope = `${name}.scope`;
    await enterScope(scope, sliceOf(outside), description);
    return cgroupPath(ownCgroup());
  }
  const parent = cgroupPath(outside);
  const path = `${parent}/${name}`;
  makeCgroup(path);
  try {
    enterCgroup(path);
    removeWhenEmpty(path, parent);
  } catch (error) {
    leaveCgroup(path, parent);
    throw error;
  }
  return path;
}

/** Goes back, and removes the cgroup, because nobody waits for that yet. */
function leaveCgroup(path: string, parent: string): void {
  enterCgroup(parent);
  removeDirectoryIfEmpty(path);
}

/** A program outside, which is not ours, could have the last word. */
function assertBoundTo(ifindex: number, attempt: string): void {
  const actual = ifindexOfSocket();
  if (actual === ifindex) return;
  throw new UserError(
    `Cannot ${attempt}: another program binds sockets here to ifindex ${actual}`,
    { remedy: "See what is attached: bpftool cgroup tree" },
  );
}
