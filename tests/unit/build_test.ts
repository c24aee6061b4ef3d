import { assertEquals } from "@std/assert";
import { run } from "../shell.ts";

Deno.test("build refuses what it cannot build, with exit status 1", async () => {
  const cases: Record<string, string> = {
    "compile foo": 'Cannot compile for "foo": it is none of x86_64, aarch64',
    "compile constructor":
      'Cannot compile for "constructor": it is none of x86_64, aarch64',
    "biuld": 'Cannot do "biuld": it is no task of the build',
  };
  for (const [words, stderr] of Object.entries(cases)) {
    const command = [
      Deno.execPath(),
      "run",
      "-A",
      "--quiet",
      "src/build/build.ts",
    ];
    assertEquals(
      [words, await run([...command, ...words.split(" ")])],
      [words, { code: 1, stdout: "", stderr }],
    );
  }
});
