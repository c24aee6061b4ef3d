import { assertEquals } from "@std/assert";
import { UNITS } from "../../src/install/units.ts";
import { fakePrograms } from "./fake_programs.ts";
import { denovrfCommand, makeNetdev } from "./fixture.ts";
import { mustSh } from "../shell.ts";

/**
 * What bind asks of systemd, answered by a script: this machine may run none.
 * It enables and disables as systemctl does, by links.
 */
const SYSTEMCTL =
  `wants=/etc/systemd/system/sys-subsystem-net-devices-vt0.device.wants
case $1 in
--version) echo "systemd 252 (252)" ;;
show) echo LoadState=loaded ;;
is-enabled) [ -e "$wants/denovrf@vt0.service" ] && echo enabled || echo disabled ;;
enable) mkdir -p "$wants"; ln -sf ../denovrf@.service "$wants/denovrf@vt0.service" ;;
disable) rm -rf "$wants" ;;
esac`;

const FOLDERS = `mount -t tmpfs tmpfs /etc/systemd
mkdir /etc/systemd/system
touch ${UNITS.map((unit) => `/etc/systemd/system/${unit}`).join(" ")}
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
`;

/** Every file below systemd's directory, and what it holds. */
const STATE = `cd /etc/systemd/system
find . -type f -o -type l | sort
find . -type f -exec cat {} +
`;

Deno.test("bind and unbind killed anywhere leave what the next call completes", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakePrograms({ systemctl: SYSTEMCTL });
  const command = (await denovrfCommand()).map((word) => `'${word}'`).join(
    " ",
  );
  const output = await mustSh(`
exec unshare --mount sh -ec "$(cat <<'SCRIPT'
${FOLDERS}
PATH=${fake.searchPath}
denovrf() { ${command} "$@" >/dev/null 2>&1; }
state() { ( ${STATE} ); }
state > /run/unbound
begin=$(date +%s%N); denovrf bind probe vt0; end=$(date +%s%N)
state > /run/bound
step=$(( (end - begin) / 100000 ))

i=0
while [ $i -lt 100 ]; do
  denovrf unbind probe
  state | cmp - /run/unbound
  timeout --signal=KILL "$(printf '0.%06d' $(( step * i )))" ${command} bind probe vt0 >/dev/null 2>&1 || true
  # Either there is no drop-in yet, or it is whole.
  f=/etc/systemd/system/probe.service.d/50-denovrf.conf
  [ ! -e $f ] || tail -n 1 $f | grep -q '^BPFProgram='
  [ $(( i % 2 )) = 0 ] || { denovrf unbind probe; state | cmp - /run/unbound; }
  denovrf bind probe vt0
  state | cmp - /run/bound
  timeout --signal=KILL "$(printf '0.%06d' $(( step * i )))" ${command} unbind probe >/dev/null 2>&1 || true
  denovrf unbind probe
  state | cmp - /run/unbound
  i=$(( i + 1 ))
done
echo "$i rounds"
SCRIPT
)"`);
  assertEquals(output, "100 rounds");
});
