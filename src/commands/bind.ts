import { bpfProgramSettings } from "../binding.ts";
import { isPlain } from "../bpf/programs.ts";
import type { Arguments } from "../commands.ts";
import { UsageError, UserError } from "../errors.ts";
import { assertIfname } from "../netdev/ifname.ts";
import { assertWorks } from "../mode_probe.ts";
import { findNetdev } from "../netdev/netdev.ts";
import {
  addDropIn,
  dropInPath,
  ETC,
  RUN,
  SCOPES,
} from "../systemd/bound_units.ts";
import {
  assertAttachesPrograms,
  instanceFor,
  systemctl,
} from "../systemd/systemd.ts";
import {
  assertBindable,
  assertRestartable,
  howToRestart,
  resolveAlias,
  restart,
} from "../systemd/unit.ts";
import { parseUnitName } from "../systemd/unit_name.ts";
import { nameServerSettings } from "../resolv_conf.ts";
import { isThere } from "../systemd/files.ts";
import { modeFrom } from "./mode_from.ts";
import { noteUnlessVrf } from "./note_unless_vrf.ts";
import { shellWord } from "../shell_word.ts";

/** `denovrf bind` */
export function run({ operands, flags, values }: Arguments): number {
  const [text, ifname, ...others] = operands;
  if (text === undefined || ifname === undefined || others.length > 0) {
    throw new UsageError("A unit and a VRF are needed");
  }
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
