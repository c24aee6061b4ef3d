import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { installedFiles, quoteExecutable } from "../../src/install/units.ts";
import { parseProperties } from "../../src/systemd/systemctl.ts";

Deno.test("every unit runs the executable that installs it", () => {
  const files = installedFiles("/opt/vrf tools/100%/denovrf");
  for (const { text } of files) {
    assertEquals(text.includes("/usr/local/bin/denovrf"), false);
  }
  const services = files.filter(({ text }) => text.includes("vrf tools"));
  assertEquals(services.length, 3);
  for (const { text } of services) {
    assertMatch(
      text,
      /"\/opt\/vrf tools\/100%%\/denovrf" (?:start|attach|follow) /,
    );
  }
});

Deno.test("every unit says where it is documented", () => {
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

Deno.test("parseProperties() keeps every value of a property", () => {
  assertEquals(
    parseProperties("BPFProgram=b:/2\nSlice=a.slice\nBPFProgram=a:/1=x\n\n"),
    new Map([["BPFProgram", "b:/2 a:/1=x"], ["Slice", "a.slice"]]),
  );
});
