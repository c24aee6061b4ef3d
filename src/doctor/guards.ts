/** A check of the guards: what keeps sockets in the VRF after they are made. */

import { unsupportedGuards } from "../kernel/probe.ts";
import { type Problem, type Result, warning } from "./check.ts";
import { readTextIfExists } from "../os/files.ts";
import { DISSOLVE_GUARD } from "../programs/guard_dissolve.ts";
import { SCOPE_GUARDS } from "../programs/guard_scope.ts";
import { SMC_GUARD } from "../programs/guard_smc.ts";
import { GUARDS } from "../programs/guards.ts";
import { SECURITY_HOOK } from "../programs/lsm.ts";

/** The security modules that run, in a line, with commas. */
const SECURITY_MODULES = "/sys/kernel/security/lsm";

/** What is open without a guard, by its name. */
const OPEN: ReadonlyMap<string, string> = new Map([
  [
    DISSOLVE_GUARD.name,
    "connect() to AF_UNSPEC takes ping, raw and UDP-Lite sockets out of the VRF, and a UDP socket with a port hears the default VRF until it is used",
  ],
  [SMC_GUARD.name, "sockets of AF_SMC are in the default VRF"],
  ...SCOPE_GUARDS.map(({ name }): [string, string] => [
    name,
    "a link-local address takes a socket to the device of its scope",
  ]),
]);

const OPEN_WITHOUT_THE_OTHERS =
  "sockets that lose their device are in the default VRF";

export function lookAtGuards(): Result {
  const lacking = unsupportedGuards();
  const problems = lacking.map(({ name, reason }) =>
    openWithout(name, reason.message, reason.remedy)
  );
  const modules = readTextIfExists(SECURITY_MODULES);
  if (modules !== undefined && !/\bbpf\b/.test(modules)) {
    const guards = GUARDS.filter(({ hook }) => hook === SECURITY_HOOK.hook);
    problems.push(
      ...guards.map(({ name }) =>
        openWithout(
          name,
          "The kernel's BPF security module does not run",
          "Boot with bpf in the list of lsm=",
        )
      ),
    );
  }
  return problems.length > 0
    ? problems
    : "what loses its device is bound again, or refused";
}

function openWithout(
  guard: string,
  state: string,
  remedy = "Bind with --lock what you do not trust",
): Problem {
  const open = OPEN.get(guard) ?? OPEN_WITHOUT_THE_OTHERS;
  return warning(`${state}: ${open}`, remedy);
}
