/** Lists the VRFs, their bindings and their units. */

import type { Arguments } from "../cli/command.ts";
import { listTable, withColors } from "../inspect/list_table.ts";
import { survey } from "../inspect/survey.ts";
import { UserError } from "../messages/errors.ts";
import { hasStyles, lineWidth, print } from "../messages/print.ts";
import { quote } from "../messages/quote.ts";

/** `denovrf list` */
export function run({ operands, flags }: Arguments): number {
  const [only] = operands;
  const reports = survey().vrfs
    .filter(({ ifname }) => only === undefined || ifname === only);
  if (only !== undefined && reports.length === 0) {
    throw new UserError(`Cannot list ${quote(only)}: there is no such VRF`);
  }
  if (flags.has("json")) print(JSON.stringify(reports, null, 2));
  else {
    const lines = listTable(reports, lineWidth());
    print((hasStyles() ? withColors(lines) : lines).join("\n"));
  }
  return 0;
}
