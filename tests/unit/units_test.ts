import { assertEquals, assertMatch } from "@std/assert";
import { installedFiles, quoteExecutable } from "../../src/install/units.ts";

Deno.test("installedFiles() run the executable that installs them", () => {
  const files = installedFiles("/opt/vrf tools/100%/denovrf");
  assertEquals(
    files.filter(({ text }) => text.includes("/usr/local/bin/denovrf")),
    [],
  );
  const services = files.filter(({ text }) => text.includes("vrf tools"));
  assertEquals(services.length, 6);
  for (const { text } of services) {
    assertMatch(
      text,
      /"\/opt\/vrf tools\/100%%\/denovrf" (?:start|attach|follow) /,
    );
  }
});

/** The settings that harden a unit. */
function hardeningOf(unit: string): string[] {
  const path = `/etc/systemd/system/${unit}.service`;
  const { text = "" } =
    installedFiles("/").find((file) => file.path === path) ??
      {};
  const [, settings = ""] = text.split("\nCapabilityBoundingSet=");
  return `CapabilityBoundingSet=${settings}`.split("\n\n", 1).join().trim()
    .split("\n");
}

Deno.test("installedFiles() harden units that start bindings as denovrf@", () => {
  const settings = hardeningOf("denovrf@");
  assertEquals(hardeningOf("denovrf-lock@"), settings);
  assertEquals(hardeningOf("denovrf-loopback@"), settings);
  assertEquals(hardeningOf("denovrf-all"), settings);
});

Deno.test("quoteExecutable() quotes only what has to be", () => {
  const cases: Record<string, string> = {
    "/usr/local/bin/denovrf": "/usr/local/bin/denovrf",
    "/opt/a b": '"/opt/a b"',
    "/opt/100%": "/opt/100%%",
    '/opt/"q"': '"/opt/\\"q\\""',
    "/opt/back\\slash": '"/opt/back\\\\slash"',
    "/opt/$HOME": '"/opt/$HOME"',
  };
  for (const [path, word] of Object.entries(cases)) {
    assertEquals(quoteExecutable(path), word);
  }
});
