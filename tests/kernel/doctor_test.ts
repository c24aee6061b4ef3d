import { assertEquals } from "@std/assert";
import type { Finding } from "../../src/doctor/check.ts";
import { run } from "../shell.ts";
import { fakePrograms } from "./fake_programs.ts";
import { denovrfCommand } from "./fixture.ts";

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
    `mount -t tmpfs tmpfs /etc/systemd/system
cd /etc/systemd/system
${script}
cd "$OLDPWD"
exec "$@"`,
    "sh",
  ];
}

const DROP_IN = `# Written by denovrf bind, for interface vrfred
[Unit]
After=denovrf@vrfred.service
`;

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

Deno.test("doctor has not seen what an ordinary user may not see", async () => {
  const { of } = await doctor(
    ...withUnits(`mkdir x.service.d; echo > x.service.d/50-denovrf.conf
chmod 0 x.service.d/50-denovrf.conf`),
    // In a user namespace of its own, root is nobody.
    ...["unshare", "--user"],
  );
  for (const check of ["kernel", "modes", "bindings", "name servers"]) {
    assertEquals([check, of(check).map(({ level }) => level)], [
      check,
      ["unseen"],
    ]);
  }
});

Deno.test("a drop-in that cannot be understood hides nothing about the others", async () => {
  await using fake = await fakePrograms({
    systemctl: "echo systemd 257; echo LoadState=not-found",
  });
  const { code, of } = await doctor(
    ...withUnits(`for unit in a.timer b.service; do
mkdir $unit.d; echo '${DROP_IN}' > $unit.d/50-denovrf.conf
done
cat >> b.service.d/50-denovrf.conf << end
[Service]
BindReadOnlyPaths=/nosuch/r.conf:/etc/resolv.conf
end
mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system
PATH=${fake.searchPath}`),
  );
  assertEquals(code, 1);
  for (
    const [check, message] of [
      ["bound units", '"b.service" is bound to "vrfred", and is not-found'],
      [
        "name servers",
        '"b.service" is to have "/nosuch/r.conf" as resolv.conf, and that is not there',
      ],
    ] as const
  ) {
    assertEquals(of(check).slice(0, 2).map(({ message }) => message), [
      'Cannot bind "a.timer": a timer makes no sockets',
      message,
    ]);
  }
});
