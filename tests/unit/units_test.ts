import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { installedFiles, quoteExecutable } from "../../src/install/units.ts";

Deno.test("installedFiles() run the executable that installs them", () => {
  const files = installedFiles("/opt/vrf tools/100%/denovrf");
  assertEquals(
    files.filter(({ text }) => text.includes("/usr/local/bin/denovrf")),
    [],
  );
  const services = files.filter(({ text }) => text.includes("vrf tools"));
  assertEquals(services.length, 3);
  for (const { text } of services) {
    assertMatch(
      text,
      /"\/opt\/vrf tools\/100%%\/denovrf" (?:start|attach|follow) /,
    );
  }
});

Deno.test("installedFiles() say where units are documented", () => {
  for (const { path, text } of installedFiles("/x")) {
    if (path.endsWith(".service")) {
      assertStringIncludes(text, "\nDocumentation=man:denovrf(8)\n");
    }
  }
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
