/** The instance of denovrf@ that an interface has, as systemd names it. */

import { UserError } from "../messages/errors.ts";
import { quote } from "../messages/quote.ts";
import { runProgram } from "../os/subprocess.ts";
import { enablementOf, INSTALL_SYSTEMD } from "../systemd/systemctl.ts";

/** The name of the instance of denovrf@ for an interface, escaped. */
export function instanceFor(ifname: string): string {
  const args = ["--template=denovrf@.service", "--", ifname];
  const { code, stdout, stderr } = runProgram(
    "systemd-escape",
    args,
    INSTALL_SYSTEMD,
  );
  if (code === 0) return stdout.trim();
  throw new UserError(`Cannot name the unit for ${quote(ifname)}: ${stderr}`);
}

/** The same, `undefined` if the unit is not installed. */
export function installedInstance(ifname: string): string | undefined {
  return enablementOf("denovrf@.service") === ""
    ? undefined
    : instanceFor(ifname);
}
