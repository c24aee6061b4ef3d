import { assertEquals, assertStringIncludes } from "@std/assert";
import { fakePrograms } from "./fake_programs.ts";
import { denovrfCommand, makeNetdev } from "./fixture.ts";
import { run } from "../shell.ts";

/** As Debian bullseye has it. */
const SYSTEMCTL = `[ "$1" = --version ] && echo "systemd 247 (247.3-7+deb11u6)"
exit 0`;

Deno.test("bind and run refuse a systemd that attaches no programs, and doctor tells of it", async () => {
  await using _netdev = await makeNetdev("vt0");
  await using fake = await fakePrograms({ systemctl: SYSTEMCTL });
  const underOldSystemd = async (...args: string[]) =>
    await run([
      ...["unshare", "--mount", "sh", "-ec"],
      `mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system; PATH=$0; exec "$@"`,
      ...[fake.searchPath, ...await denovrfCommand(), ...args],
    ]);
  for (const args of [["bind", "probe", "vt0"], ["run", "vt0", "true"]]) {
    const { code, stdout, stderr } = await underOldSystemd(...args);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(
      stderr,
      "Cannot bind units: systemd 247 does not support BPFProgram=\nIt requires systemd 249 or later",
    );
  }
  const { code, stdout } = await underOldSystemd("doctor", "--json");
  assertEquals(code, 1);
  const finding = JSON.parse(stdout)
    .find(({ check }: { check: string }) => check === "systemd");
  assertEquals(finding, {
    check: "systemd",
    level: "problem",
    message: "systemd 247 does not support BPFProgram=",
    remedy: "It requires systemd 249 or later",
  });
});
