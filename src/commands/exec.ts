/** Runs a command in a VRF in the place of denovrf. */

import { attachedBindings, isOfThisNetns } from "../kernel/attachment.ts";
import { isPinnedAndAttached } from "../kernel/cgroup_binding.ts";
import {
  cgroupPath,
  enterCgroup,
  makeCgroup,
  ownCgroup,
  visibleRoot,
} from "../cgroup/cgroup.ts";
import { cgroupsAbove } from "../cgroup/proc_cgroup.ts";
import {
  cgroupToAttach,
  cgroupToEnter,
  outsideOfVrfs,
} from "../cgroup/vrf_cgroup.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { UsageError, UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { missing } from "../os/capabilities.ts";
import { ERRNO, SystemError } from "../os/errno.ts";
import { ifindexNamed } from "../os/ifindex.ts";
import { netnsInode } from "../os/netns.ts";
import { replaceProcess } from "../os/process.ts";
import { ifindexOfSocket } from "../os/socket.ts";
import { isPlain, type Mode, modeWords } from "../programs/modes.ts";

/** What iproute2 calls the absence of a VRF. */
const DEFAULT_VRF = "default";

/** `denovrf exec` */
export async function run({ operands, flags }: Arguments): Promise<number> {
  const [vrf = "", ...command] = operands;
  const mode = modeFrom(flags);
  if (vrf === DEFAULT_VRF && !isPlain(mode)) {
    throw new UsageError(
      "Cannot use --loopback or --lock with the default VRF",
    );
  }
  try {
    if (vrf === DEFAULT_VRF) leaveVrf();
    else await enterVrf(vrf, mode);
  } catch (error) {
    throw withRemedy(error);
  }
  replaceProcess(command);
}

/** What exec needs, as `ip vrf exec` does: ip-vrf(8). */
const CAPABILITIES = [
  "CAP_DAC_OVERRIDE",
  "CAP_NET_ADMIN",
  "CAP_SYS_ADMIN",
] as const;

/** The errnos of calls, and of the verifier, without a capability. */
const REFUSALS: readonly number[] = [ERRNO.EPERM, ERRNO.EACCES, ERRNO.EINVAL];

/** What keeps a cgroup from having another one inside. */
const REMEDIES: Readonly<Record<number, string>> = {
  [ERRNO.EROFS]:
    "If this is a unit with ProtectControlGroups=, bind it instead: denovrf bind UNIT VRF",
  [ERRNO.EOPNOTSUPP]:
    "If the cgroup around it is threaded, which its cgroup.type says, run exec from another one",
  [ERRNO.EAGAIN]:
    "See the limits of the cgroups around it: cgroup.max.descendants and cgroup.max.depth",
};

/** The error with what can be done about it, if exec knows better. */
function withRemedy(error: unknown): unknown {
  if (!(error instanceof SystemError)) return error;
  const { message, errno, detail } = error;
  const lacking = REFUSALS.includes(errno) ? missing(CAPABILITIES) : [];
  const remedy = lacking.length === 0
    ? REMEDIES[errno]
    : `Run it as root, or with more capabilities: ${lacking.join(", ")}`;
  return remedy === undefined
    ? error
    : new UserError(message, { remedy, detail, cause: error });
}

/**
 * Moves this process into the cgroup that its own one has for a VRF. The first
 * to do so makes it; nobody enters it before all is attached to it.
 */
async function enterVrf(ifname: string, mode: Mode): Promise<void> {
  assertIfname(ifname);
  const vrf = {
    ifname,
    mode: modeWords(mode),
    netns: netnsInode("self") ?? "",
  };
  const attached = cgroupPath(cgroupToAttach(outsideOfVrfs(ownCgroup()), vrf));
  const entered = cgroupToEnter(attached, vrf);
  let ifindex = ifindexNamed(ifname);
  if (
    ifindex === 0 || !isPinnedAndAttached(ifname, ifindex, attached, mode)
  ) {
    const { bindCgroup } = await import("./shared/bind_cgroup.ts");
    ifindex = bindCgroup(attached, ifname, mode);
  }
  makeCgroup(entered);
  enterCgroup(entered);
  assertBoundTo(ifindex, `run in ${quote(ifname)}`);
}

/** Leaves what exec has made, and nothing else: a bound unit's VRF is its own. */
function leaveVrf(): void {
  const cgroup = ownCgroup();
  const outside = outsideOfVrfs(cgroup);
  const bound = cgroupsAbove(outside, visibleRoot()).find((above) =>
    attachedBindings(cgroupPath(above)).some(({ mapId }) =>
      isOfThisNetns(mapId)
    )
  );
  if (bound !== undefined) {
    throw new UserError(
      `Cannot leave the VRF: the cgroup ${quote(bound)} is bound to it`,
      { remedy: "Processes of a bound unit stay in its VRF" },
    );
  }
  if (outside !== cgroup) enterCgroup(cgroupPath(outside));
  assertBoundTo(0, "leave the VRF");
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
