/** A systemd that runs nothing: it answers from a table, and keeps what it is told. */

import { UNITS } from "../../src/install/units.ts";
import { fakePrograms } from "./fake_programs.ts";
import { denovrfCommand } from "./fixture.ts";
import { type Result, run } from "../shell.ts";

/** Properties by unit, as systemctl show prints them: a list has a line each. */
type Units = Readonly<
  Record<string, Readonly<Record<string, string | readonly string[]>>>
>;

/**
 * The table has lines such as "|a.service ActiveState=active". A unit file that
 * is enabled or disabled is so from then on. Every other call but questions goes
 * to the log.
 */
const SYSTEMCTL = String.raw`here=\${0%/*}
values() {
  grep -F -- "|$1 $2=" "$here/table" | sed 's/^|[^ ]* //'
}
case $* in
--version) echo "systemd 257 (257)" ;;
show*)
  properties=$(echo "\${2#--property=}" | tr , ' ')
  shift 3
  separator=
  for unit; do
    printf "$separator"; separator='\n'
    for property in $properties; do values "$unit" "$property"; done
  done ;;
is-enabled*)
  state=$(values "$3" UnitFileState | tail -n 1 | sed 's/.*=//')
  echo "\${state:-disabled}" ;;
*)
  printf '%s\n' "$*" >> "$here/log"
  for unit; do :; done
  case $* in
  enable*--runtime*) state=enabled-runtime ;;
  enable*) state=enabled ;;
  disable*) state=disabled ;;
  *) exit 0 ;;
  esac
  printf '|%s UnitFileState=%s\n' "$unit" "$state" >> "$here/table" ;;
esac`.replaceAll("\\${", "${");

/** A machine on which this systemd is PID 1, with directories of its own. */
export interface FakeSystemd extends AsyncDisposable {
  /** Runs denovrf there. */
  denovrf(...args: string[]): Promise<Result>;
  /** What systemctl was told since this was asked last. */
  calls(): Promise<string[]>;
  /** The files and links in directories of units, without denovrf's own units. */
  files(): Promise<string[]>;
  /** The path of what is there at a path. */
  at(path: string): string;
}

/** Makes one that knows some units, and has denovrf's installed. */
export async function fakeSystemd(units: Units): Promise<FakeSystemd> {
  const fake = await fakePrograms({ systemctl: SYSTEMCTL });
  const { directory, searchPath } = fake;
  const table = Object.entries(units).flatMap(([unit, properties]) =>
    Object.entries({ Id: unit, LoadState: "loaded", ...properties })
      .flatMap(([name, values]) =>
        [values].flat().map((value) => `|${unit} ${name}=${value}\n`)
      )
  );
  await Deno.writeTextFile(`${directory}/table`, table.join(""));
  await Deno.writeTextFile(`${directory}/log`, "");
  await Deno.mkdir(`${directory}/etc/systemd/system`, { recursive: true });
  await Deno.mkdir(`${directory}/run/systemd/system`, { recursive: true });
  for (const unit of UNITS) {
    await Deno.writeTextFile(`${directory}/etc/systemd/system/${unit}`, "");
  }
  return {
    denovrf: async (...args) =>
      await run([
        ...["unshare", "--mount", "sh", "-ec"],
        `mount --bind "$0/etc/systemd" /etc/systemd
mount --bind "$0/run" /run
PATH=$1; shift
exec "$@"`,
        ...[directory, searchPath, ...await denovrfCommand(), ...args],
      ]),
    calls: async () => {
      const log = await Deno.readTextFile(`${directory}/log`);
      await Deno.writeTextFile(`${directory}/log`, "");
      return log.split("\n").filter((line) => line !== "");
    },
    files: async () => {
      const { stdout } = await run([
        ...[
          "sh",
          "-c",
          'cd "$0"; find etc run/systemd ! -type d | sort',
          directory,
        ],
      ]);
      return stdout.split("\n").filter((path) =>
        path !== "" && !UNITS.some((unit) => path.endsWith(`system/${unit}`))
      );
    },
    at: (path) => `${directory}${path}`,
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}
