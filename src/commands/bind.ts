import { assertWorks } from "../binding/probe.ts";
import { assertBindable } from "../bound_units/bindable.ts";
import {
  addDropIn,
  dropInPath,
  ETC,
  RUN,
  SCOPES,
} from "../bound_units/bound_units.ts";
import { instanceFor } from "../bound_units/escaped_instance.ts";
import { nameServerSettings } from "../bound_units/resolv_conf.ts";
import { bpfProgramSettings } from "../bound_units/settings.ts";
import type { Arguments } from "../cli/command.ts";
import { modeFrom } from "./shared/mode_from.ts";
import { noteUnlessVrf } from "./shared/note_unless_vrf.ts";
import { assertIfname } from "../iproute2/ifname.ts";
import { findNetdev } from "../iproute2/netdev.ts";
import { UserError } from "../messages/errors.ts";
import { shellWord } from "../messages/shell_word.ts";
import { isPlain } from "../programs/modes.ts";
import { isThere } from "../systemd/files.ts";
import { assertAttachesPrograms, systemctl } from "../systemd/systemctl.ts";
import {
  assertRestartable,
  howToRestart,
  resolveAlias,
  restart,
} from "../systemd/unit.ts";
import { parseUnitName } from "../systemd/unit_name.ts";

/** `denovrf bind` */
export function run({ operands, flags, values }: Arguments): number {
  const [text = "", ifname = ""] = operands;
  const named = parseUnitName(text);
  if (flags.has("now")) assertRestartable(named);
  if (flags.has("force")) assertIfname(ifname);
  else noteUnlessVrf(findNetdev(ifname));
  assertAttachesPrograms();
  const unit = resolveAlias(named);
  const mode = modeFrom(flags);
  assertBindable(unit, mode);
  if (!isPlain(mode)) assertWorks(mode);

  const nameServers = nameServerSettings(
    ifname,
    unit.section,
    values.get("resolv-conf"),
  );

  const scope = flags.has("runtime") ? RUN : ETC;
  const other = SCOPES
    .flatMap((scope) =>
      [unit, named].map(({ name }) => dropInPath(scope, name))
    )
    .find((path) => path !== dropInPath(scope, unit.name) && isThere(path));
  if (other !== undefined) {
    throw new UserError(
      `Cannot bind "${unit.name}": it is bound already, by "${other}"`,
      { remedy: `Unbind it first: denovrf unbind ${shellWord(named.name)}` },
    );
  }

  const instance = instanceFor(ifname);
  const follow = flags.has("follow");
  const paths = addDropIn(
    scope,
    unit,
    { ifname, instance, follow, mode, nameServers },
    bpfProgramSettings(ifname, mode),
  );
  systemctl("daemon-reload");
  for (const path of paths) console.log(path);
  if (flags.has("now")) restart(unit);
  else console.log(`Left to do: ${howToRestart(unit)}`);
  return 0;
}
