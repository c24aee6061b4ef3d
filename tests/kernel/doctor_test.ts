import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dropInText } from "../../src/bound_units/drop_in.ts";
import { start } from "../../src/kernel/binding.ts";
import type { Finding } from "../../src/doctor/check.ts";
import { PLAIN_MODE } from "../../src/programs/modes.ts";
import { fakeLibbpf } from "./fake_libbpf.ts";
import { fakePrograms } from "./fake_programs.ts";
import { denovrf, denovrfCommand, makeNetdev, stop } from "./fixture.ts";
import { must, run } from "../shell.ts";

/** What doctor finds behind other commands. */
async function doctor(...behind: string[]) {
  const command = [...await denovrfCommand(), "doctor", "--json"];
  const { code, stdout } = await run([...behind, ...command]);
  const findings: Finding[] = JSON.parse(stdout);
  return {
    code,
    of: (check: string) => findings.filter((each) => each.check === check),
  };
}

/** Puts what follows in the place of the units and drop-ins of this machine. */
function withUnits(script: string): string[] {
  return [
    ...["unshare", "--mount", "sh", "-ec"],
    `mount -t tmpfs tmpfs /etc/systemd; mkdir /etc/systemd/system
cd /etc/systemd/system
${script}
cd "$OLDPWD"
exec "$@"`,
    "sh",
  ];
}

const UNREADABLE = `mkdir x.service.d; echo > x.service.d/50-denovrf.conf
chmod 0 x.service.d/50-denovrf.conf`;

/** What shows that systemd is PID 1. */
const BOOTED = "mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system";

/** What binds a unit. */
function dropIn(ifname: string, resolvConf?: string): string {
  return dropInText({
    ...{ ifname, resolvConf, mode: PLAIN_MODE, follow: false },
    ...{ enabledInstance: true, withoutSockets: false, boundWith: undefined },
  }, "Service");
}

Deno.test("doctor tells root of a right that it lacks as of a problem", async () => {
  const { code, of } = await doctor(
    ...["setpriv", "--bounding-set=-all,+dac_override", "--inh-caps=-all"],
  );
  assertEquals(code, 1);
  for (const check of ["kernel", "modes"]) {
    assertEquals(of(check).map(({ level, message }) => [level, message]), [
      ["problem", "Cannot create map: Operation not permitted"],
    ]);
  }
});

Deno.test("doctor does not tell root to be root who may not read a drop-in", async () => {
  const { of } = await doctor(
    ...withUnits(`${UNREADABLE}
${BOOTED}`),
    ...["setpriv", "--bounding-set=-all", "--inh-caps=-all"],
  );
  const [finding] = of("bound units");
  assertEquals([finding?.level, finding?.remedy], ["problem", null]);
});

Deno.test("doctor has not seen what an ordinary user may not see", async () => {
  const { of } = await doctor(
    ...withUnits(`${UNREADABLE}
${BOOTED}`),
    // In a user namespace of its own, root is nobody.
    ...["unshare", "--user"],
  );
  for (const check of ["kernel", "modes", "bindings", "bound units"]) {
    assertEquals([check, of(check).map(({ level }) => level)], [
      check,
      ["unseen"],
    ]);
  }
});

Deno.test("doctor hides nothing of other drop-ins behind one that cannot be understood", async () => {
  await using fake = await fakePrograms({
    systemctl: "echo systemd 257; echo LoadState=not-found",
  });
  const { code, of } = await doctor(
    ...withUnits(`mkdir a.timer.d b.service.d
cat > a.timer.d/50-denovrf.conf << 'end'
${dropIn("vrfred")}end
cat > b.service.d/50-denovrf.conf << 'end'
${dropIn("vrfred", "/nosuch/r.conf")}end
${BOOTED}
PATH=${fake.searchPath}`),
  );
  assertEquals(code, 1);
  const messages = of("bound units").map(({ message }) => message);
  assertEquals(messages.slice(0, 2), [
    'Cannot bind "a.timer": a timer makes no sockets',
    '"b.service" is bound to "vrfred", and is not-found',
  ]);
  assertEquals(
    messages.at(-1),
    '"b.service" should use "/nosuch/r.conf" as resolv.conf, which does not exist',
  );
});

/** Shows units as systemctl does, each as loaded, and counts its calls. */
const SHOWING = `
echo call >> "\${0%/*}/calls"
[ "$1" = --version ] && echo systemd 257
[ "$1" = show ] || exit 0
while [ "$1" != -- ]; do shift; done; shift
separator=
for unit; do
  case $unit in wrong.*) exit 1;; esac
  printf "$separator"; separator='\\n'
  printf 'ActiveState=%s\\n' $([ "$unit" != denovrf@vrf3.service ] || echo failed)
  echo LoadState=loaded; echo UnitFileState=enabled; echo WantedBy=x.target
done`;

Deno.test("doctor asks systemctl about all bound units at once, and about each if one name is wrong", async () => {
  const calls: number[] = [];
  for (const names of ["1", "1 2 3 4 5", "1 3 wrong"]) {
    await using fake = await fakePrograms({ systemctl: SHOWING });
    const { of } = await doctor(
      ...withUnits(`for name in ${names}; do
mkdir $name.service.d
echo '${
        dropIn("vrf0")
      }' | sed s/vrf0/vrf$name/ > $name.service.d/50-denovrf.conf
done
${BOOTED}
PATH=${fake.searchPath}`),
    );
    // What is said of one of them is said of no other.
    assertEquals(
      of("bound units").map(({ message }) => message)
        .filter((message) => message.includes("failed")),
      names.includes("3")
        ? ['"denovrf@vrf3.service", which "3.service" needs, has failed']
        : [],
    );
    const log = await Deno.readTextFile(`${fake.directory}/calls`);
    calls.push(log.trim().split("\n").length);
  }
  const [one = NaN, five = NaN, wrong = NaN] = calls;
  assertEquals(one, five);
  assert(wrong > five);
});

Deno.test("doctor's remedies name instances as units do, and in a shell's quotes", async () => {
  await using _netdev = await makeNetdev("vrf-red");
  for (const gone of ["a&b", "c;d"]) {
    await must(["ip", "link", "add", gone, "type", "veth"]);
    start(gone);
    await must(["ip", "link", "delete", gone]);
  }
  start("vrf-red");
  stop("vrf-red", false);
  const { of } = await doctor(
    ...withUnits(
      [dropIn("vrf-red"), dropIn("a&b")].map((text, at) =>
        `mkdir ${at}.service.d
cat > ${at}.service.d/50-denovrf.conf << 'end'
${text}
end`
      ).join("\n"),
    ),
  );
  assertEquals(of("bindings").map(({ remedy }) => remedy), [
    "Create it: ip link add 'a&b' type vrf table TABLE",
    "If it is gone for good: denovrf stop --purge 'c;d'",
    "Start it: systemctl restart 'denovrf@vrf\\x2dred.service'",
  ]);
});

Deno.test("doctor says of udev what it has seen", async () => {
  const { of } = await doctor(
    ...["unshare", "--mount", "sh", "-ec"],
    ...['mount -t tmpfs tmpfs /run; exec "$@"', "sh"],
  );
  assertEquals(of("udev").map(({ message }) => message), [
    "not needed: systemd is not PID 1",
  ]);
});

Deno.test("doctor --verbose shows what the verifier said of a program, and only then", async () => {
  await using fake = await fakeLibbpf(`
#include <string.h>
int bpf_prog_load(int a, char *b, char *c, void *d, long e, char *options) {
  char *log = *(char **)(options + 96);
  if (log) strcpy(log, "0: (95) exit\\nR0 !read_ok\\nprocessed 1 insns");
  return -13;
}`);
  const settings = { env: { DENOVRF_LIBBPF: fake.path } };
  const brief = await denovrf(["doctor"], settings);
  assert(!brief.stdout.includes("(95) exit"));
  const { stdout } = await denovrf(["doctor", "--verbose"], settings);
  assertStringIncludes(
    stdout,
    `Permission denied (R0 !read_ok)
bpf_prog_load: EACCES
0: (95) exit
R0 !read_ok
processed 1 insns
`,
  );
});
