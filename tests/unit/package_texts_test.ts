import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  changelog,
  control,
  debianVersion,
  packageName,
  sumsText,
} from "../../src/build/package_texts.ts";

const SOURCE = { version: "1.2.3", date: new Date(1_795_789_301_000) };

Deno.test("packageName() has Debian's name of the architecture", () => {
  assertEquals(packageName("1.2.3", "x86_64"), "denovrf_1.2.3_amd64.deb");
  assertEquals(packageName("1.2.3", "aarch64"), "denovrf_1.2.3_arm64.deb");
});

Deno.test("debianVersion() has what comes before a release sort before it", () => {
  assertEquals(debianVersion("1.2.3"), "1.2.3");
  assertEquals(debianVersion("2.0.0-rc.1"), "2.0.0~rc.1");
  assertEquals(debianVersion("2.0.0-rc-x.1"), "2.0.0~rc-x.1");
});

Deno.test("control() has one field a line, and says how much is installed, rounded up", () => {
  const text = control(SOURCE, "aarch64", 1025);
  for (
    const line of [
      "Package: denovrf",
      "Version: 1.2.3",
      "Architecture: arm64",
      "Installed-Size: 2",
    ]
  ) {
    assertStringIncludes(`\n${text}`, `\n${line}\n`);
  }
  for (const line of text.trimEnd().split("\n")) {
    assertMatch(line, /^(?:[A-Z][\w-]+: | )\S/);
  }
});

Deno.test("changelog() has the version and the date that deb-changelog(5) asks for", () => {
  assertMatch(
    changelog(SOURCE),
    /^denovrf \(1\.2\.3\) unstable; urgency=medium\n\n {2}\* .*\n\n -- .* <.*> {2}Fri, 27 Nov 2026 14:21:41 \+0000\n$/,
  );
});

Deno.test("sumsText() is what md5sum and sha256sum check", () => {
  const sums = new Map([["usr/bin/a", "00ff"], ["b c", "11"]]);
  assertEquals(sumsText(sums), "00ff  usr/bin/a\n11  b c\n");
  assertEquals(sumsText(new Map()), "");
});
